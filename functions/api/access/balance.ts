import { Hono } from "hono";
import type * as z from "zod";
import { tableAt } from "../../../shared/money/price-list.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import type { balanceSchema } from "./money-responses.ts";

/** `GET /v1/balance`: the account's balance, as its ledger records it. */
export function balanceRoute({ accounts, authenticate, prices, clock }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/", authenticate("usage:read"), async (c) => {
    const { accountId, terms } = c.get("identity");
    const { available, held, openJobs, spentThisMonth } = await accounts.balance(accountId);
    const balance: z.infer<typeof balanceSchema> = {
      object: "balance",
      currency: tableAt(prices, clock.now()).currency,
      available,
      held,
      open_jobs: openJobs,
      unlimited: terms.unlimited ?? false,
      spent_this_month: spentThisMonth,
      monthly_cap: terms.monthlyCap ?? null,
    };
    return c.json(balance, 200, { "Cache-Control": "no-store" });
  });
}
