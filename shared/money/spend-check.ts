import { SpendError } from "../errors.ts";
import type { Job } from "../job.ts";
import type { Items } from "../ports/items.ts";
import { balanceKey, monthOf, type SpendTerms, spendKey } from "./ledger.ts";

/**
 * Refuses a job that its account or key may not pay for, without writing anything. The transaction of the submission
 * requires the same again; this says which of its conditions it would be, in the client's words.
 * @throws SpendError `insufficient_balance`, `spend_limit`
 */
export async function assertMaySpend(items: Items, job: Job, terms: SpendTerms): Promise<void> {
  const { price, accountId, keyId } = job;
  if (price === undefined) return;
  const { amount, currency } = price;
  const money = (units: number) => `${units} micro-${currency}`;
  if (!terms.unlimited) {
    const available = Number((await items.get(balanceKey(accountId)))?.data.available ?? 0);
    if (available < amount) {
      const message =
        `this costs ${money(amount)}, the balance has ${money(available)}; add credit, or ask for fewer steps or ` +
        "pixels";
      throw new SpendError("insufficient_balance", message, { values: { needed: amount, available, currency } });
    }
  }
  const month = monthOf(job.createdAt);
  for (const [whose, cap, key] of [
    ["account", terms.accountMonthlyCap, spendKey(accountId, "account")],
    ["API key", terms.keyMonthlyCap, spendKey(accountId, { keyId })],
  ] as const) {
    if (cap === undefined) continue;
    const known = (await items.get(key))?.data[month];
    const spent = 0 - Number(known ?? 0);
    if (spent + amount > cap) {
      const message =
        `this costs ${money(amount)}; the ${whose} has spent ${money(spent)} of its ${money(cap)} for ${month} ` +
        "(UTC); raise the cap or wait for next month";
      throw new SpendError("spend_limit", message, { values: { needed: amount, spent, cap, month, currency } });
    }
    // A condition on a number needs it to be there.
    if (known === undefined) await items.write([{ add: key, attribute: month, amount: 0 }]);
  }
}
