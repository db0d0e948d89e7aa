import { type Account, type AccountTerms, accountList, accountRecord } from "../access/account.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed, type Write } from "../ports/items.ts";
import { queryAll } from "../ports/query-all.ts";
import { accountPartition, balanceKey, creditWrites, monthOf, spendKey } from "./ledger.ts";
import { lowBalanceKey } from "./low-balance.ts";

/** `undefined` takes a term away. */
export type TermChanges = { readonly [Name in keyof AccountTerms]: AccountTerms[Name] | undefined };

export interface Balance {
  /** Micro-units that may be spent. Below zero only where the account is unlimited. */
  readonly available: number;
  /** Micro-units set aside for jobs that are not over. */
  readonly held: number;
  readonly openJobs: number;
  /** Micro-units spent or held in the current calendar month (UTC). */
  readonly spentThisMonth: number;
}

const maxCredit = 1_000_000_000_000;
const maxReferenceCharacters = 100;

/** Operators' calls on accounts: set terms, add credit, read the balance. `ApiKeys` makes accounts and their keys. */
export class Accounts {
  readonly #items: Items;
  readonly #clock: Clock;

  constructor({ items, clock }: { readonly items: Items; readonly clock: Clock }) {
    this.#items = items;
    this.#clock = clock;
  }

  /** In the order of their ids, which is that of their making. */
  async list(): Promise<Account[]> {
    const found = await queryAll(this.#items, { index: "gsi1", partition: accountList });
    return found.map(accountRecord.read);
  }

  /** @throws NotFoundError `account_not_found` */
  async get(accountId: string): Promise<Account> {
    return accountRecord.read(await this.#read(accountId));
  }

  /** Also makes an account of an older version of this program one that `list` knows. */
  async setTerms(accountId: string, changes: TermChanges): Promise<Account> {
    for (;;) {
      const { version, ...item } = await this.#read(accountId);
      const merged = { ...(item.data.terms as AccountTerms | undefined), ...changes };
      const terms = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
      const data = { ...item.data, terms };
      try {
        const put: Write = { put: { ...item, gpk: accountList, gsk: accountId, data }, if: { version } };
        // A changed threshold is announced again.
        const told: Write[] = "lowBalance" in changes ? [{ delete: lowBalanceKey(accountId) }] : [];
        await this.#items.write([put, ...told]);
        return accountRecord.read({ ...item, data });
      } catch (error) {
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
  }

  /**
   * Adds to the balance, or takes from it when negative. A reference counts once per account: the same call again
   * changes nothing.
   * @throws InvalidInputError `invalid_value`; ConflictError `reference_used` when it came with another amount before
   */
  async credit(
    accountId: string,
    { amount, reference, note }: { readonly amount: number; readonly reference: string; readonly note?: string },
  ): Promise<{ readonly replayed: boolean }> {
    if (!Number.isSafeInteger(amount) || amount === 0 || Math.abs(amount) > maxCredit) {
      const message = `amount must be whole micro-units, not 0, at most ${maxCredit} either way, got ${amount}`;
      throw new InvalidInputError("invalid_value", message, { param: "amount" });
    }
    if (!/^[\x21-\x7e]+$/.test(reference) || reference.length > maxReferenceCharacters) {
      const message =
        `reference must be 1 to ${maxReferenceCharacters} printable ASCII characters without spaces, such as an ` +
        `invoice number, got ${JSON.stringify(reference.slice(0, 60))}`;
      throw new InvalidInputError("invalid_value", message, { param: "reference" });
    }
    const { terms } = accountRecord.read(await this.#read(accountId));
    const threshold = terms?.lowBalance;
    const enough = threshold !== undefined && (await this.balance(accountId)).available + amount >= threshold;
    const told: Write[] = enough ? [{ delete: lowBalanceKey(accountId) }] : [];
    const at = this.#clock.now();
    try {
      await this.#items.write([
        ...creditWrites({ accountId, amount, reference, note: note || undefined, at }),
        ...told,
      ]);
      return { replayed: false };
    } catch (error) {
      if (!(error instanceof ItemsConditionFailed)) throw error;
      const earlier = await this.#items.get({ pk: accountPartition(accountId), sk: `CREDIT#${reference}` });
      if (earlier?.data.amount === amount) return { replayed: true };
      throw new ConflictError(
        "reference_used",
        `reference ${reference} came with ${earlier?.data.amount} micro-units before; give this credit another ` +
          "reference",
        { param: "reference" },
      );
    }
  }

  async balance(accountId: string): Promise<Balance> {
    const [balance, spend] = await Promise.all([
      this.#items.get(balanceKey(accountId)),
      this.#items.get(spendKey(accountId, "account")),
    ]);
    const { available = 0, held = 0, open = 0 } = balance?.data ?? {};
    return {
      available: Number(available),
      held: Number(held),
      openJobs: Number(open),
      // 0 − x: negating a 0 would make a −0.
      spentThisMonth: 0 - Number(spend?.data[monthOf(this.#clock.now())] ?? 0),
    };
  }

  async #read(accountId: string): Promise<Item> {
    // Ids are user input: malformed ones are not looked up.
    const isId = /^[\w-]{1,64}$/.test(accountId);
    const item = isId ? await this.#items.get({ pk: accountPartition(accountId), sk: "META" }) : undefined;
    if (item === undefined) {
      const shown = isId ? accountId : JSON.stringify(accountId.slice(0, 60));
      throw new NotFoundError("account_not_found", `there is no account ${shown}`, { param: "id" });
    }
    return item;
  }
}
