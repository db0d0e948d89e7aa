import { Hono } from "hono";
import * as z from "zod";
import { tableAt } from "../../../shared/price-list.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";

export const balanceSchema = z
  .object({
    object: z.literal("balance"),
    currency: z.string(),
    available: z
      .int()
      .describe("Whole micro-units (millionths of the currency) that may be spent. Below zero only when unlimited."),
    held: z.int().describe("Set aside for jobs that are not over."),
    open_jobs: z.int(),
    unlimited: z.boolean().describe("The balance stops nothing: this account pays later, or is one's own machine's."),
    spent_this_month: z.int().describe("Spent or held in this calendar month (UTC)."),
    monthly_cap: z.int().nullable(),
  })
  .meta({ id: "Balance" });

/** `GET /v1/balance`: the account's money, as its ledger has it. */
export function balanceRoute({ accounts, authenticate, prices, clock }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/", authenticate("usage:read"), async (c) => {
    const { accountId, terms } = c.get("identity");
    const { available, held, openJobs, spentThisMonth } = await accounts.balance(accountId);
    const balance: z.infer<typeof balanceSchema> = {
      object: "balance",
      currency: tableAt(prices, clock.now()).currency,
      ...{ available, held, open_jobs: openJobs, unlimited: terms.unlimited ?? false },
      ...{ spent_this_month: spentThisMonth, monthly_cap: terms.monthlyCap ?? null },
    };
    return c.json(balance, 200, { "Cache-Control": "no-store" });
  });
}
