import { Hono } from "hono";
import type * as z from "zod";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import { tableAt } from "../../../shared/money/price-list.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import type { Identity } from "./identity.ts";
import type { balanceSchema } from "./money-responses.ts";

/** `GET /v1/balance`: the account's balance, as its ledger records it. */
export function balanceRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/", dependencies.authenticate("usage:read"), async (c) => {
    return c.json(await presentBalance(c.get("identity"), dependencies), 200, { "Cache-Control": "no-store" });
  });
}

export async function presentBalance(
  { accountId, terms }: Identity,
  { accounts, prices, clock }: Pick<RouteDependencies, "accounts" | "prices" | "clock">,
): Promise<z.infer<typeof balanceSchema>> {
  const { available, held, openJobs, spentThisMonth } = await accounts.balance(accountId);
  return {
    object: "balance",
    currency: tableAt(prices, clock.now()).currency,
    available,
    available_decimal: decimalAmount(available),
    held,
    held_decimal: decimalAmount(held),
    open_jobs: openJobs,
    unlimited: terms.unlimited ?? false,
    spent_this_month: spentThisMonth,
    spent_this_month_decimal: decimalAmount(spentThisMonth),
    monthly_cap: terms.monthlyCap ?? null,
    monthly_cap_decimal: terms.monthlyCap === undefined ? null : decimalAmount(terms.monthlyCap),
  };
}
