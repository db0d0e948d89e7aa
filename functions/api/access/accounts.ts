import { Hono } from "hono";
import type * as z from "zod";
import type { Account, AccountTerms } from "../../../shared/access/account.ts";
import type { Balance, TermChanges } from "../../../shared/money/accounts.ts";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import { tableAt } from "../../../shared/money/price-list.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { isoTime } from "../http/iso-time.ts";
import { readJsonBody } from "../http/json-body.ts";
import {
  accountChangeSchema,
  accountRequestSchema,
  type accountTermsSchema,
  creditRequestSchema,
} from "./account-schemas.ts";
import { keyRequestSchema } from "./key-schemas.ts";
import { definedLimits, presentKey, windowOf } from "./keys.ts";
import type { accountResourceSchema } from "./money-responses.ts";

/** `/v1/accounts`: for the operator alone, whose key names the scope `accounts:admin` (`*` does not include it). */
export function accountsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { accounts, apiKeys, authenticate, prices, clock } = dependencies;
  const operator = authenticate("accounts:admin");
  const currency = () => tableAt(prices, clock.now()).currency;
  const present = async (account: Account) => presentAccount(account, await accounts.balance(account.id), currency());
  return new Hono<ApiEnv>()
    .get("/", operator, async (c) => {
      return c.json({ data: await Promise.all((await accounts.list()).map(present)) }, 200, noStore);
    })
    .post("/", operator, bodyLimit(), async (c) => {
      const request = parseFields(accountRequestSchema, await readJsonBody(c.req.raw));
      const wanted = Object.entries(termChanges(request.terms ?? {})).filter(([, value]) => value !== undefined);
      const account = await apiKeys.createAccount(request.name, Object.fromEntries(wanted) as AccountTerms);
      return c.json(await present(account), 201, { ...noStore, Location: `/v1/accounts/${account.id}` });
    })
    .get("/:id", operator, async (c) => c.json(await present(await accounts.get(c.req.param("id"))), 200, noStore))
    .patch("/:id", operator, bodyLimit(), async (c) => {
      const change = parseFields(accountChangeSchema, await readJsonBody(c.req.raw));
      const account = await accounts.setTerms(c.req.param("id"), termChanges(change.terms));
      return c.json(await present(account), 200, noStore);
    })
    .post("/:id/credits", operator, bodyLimit(), async (c) => {
      const { note, ...credit } = parseFields(creditRequestSchema, await readJsonBody(c.req.raw));
      const id = c.req.param("id");
      const { replayed } = await accounts.credit(id, { ...credit, note });
      if (replayed) c.header("Idempotent-Replayed", "true");
      return c.json(await present(await accounts.get(id)), 200, noStore);
    })
    .post("/:id/keys", operator, bodyLimit(), async (c) => {
      const request = parseFields(keyRequestSchema, await readJsonBody(c.req.raw));
      const { id } = await accounts.get(c.req.param("id"));
      const { key, value } = await apiKeys.createKey(id, {
        name: request.name,
        scopes: request.scopes,
        expiresAt: request.expires_at === undefined ? undefined : Date.parse(request.expires_at),
        limits: request.limits === undefined ? undefined : definedLimits(request.limits),
        ...windowOf(request),
      });
      return c.json(presentKey(key, value), 201, noStore);
    });
}

const noStore = { "Cache-Control": "no-store" };

function termChanges(given: z.infer<typeof accountTermsSchema>): TermChanges {
  const names = {
    unlimited: "unlimited",
    monthly_cap: "monthlyCap",
    requests_per_minute: "requestsPerMinute",
    max_open_jobs: "maxOpenJobs",
    weight: "weight",
    low_balance: "lowBalance",
    meter_customer: "meterCustomer",
  } as const;
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [names[field as keyof typeof names], value ?? undefined]),
  );
}

function presentAccount(
  { id, name, createdAt, terms: own = {} }: Account,
  balance: Balance,
  currency: string,
): z.infer<typeof accountResourceSchema> {
  const { available, held, openJobs, spentThisMonth } = balance;
  return {
    id,
    object: "account" as const,
    name,
    created_at: isoTime(createdAt),
    terms: {
      unlimited: own.unlimited ?? null,
      monthly_cap: own.monthlyCap ?? null,
      requests_per_minute: own.requestsPerMinute ?? null,
      max_open_jobs: own.maxOpenJobs ?? null,
      weight: own.weight ?? null,
      low_balance: own.lowBalance ?? null,
      meter_customer: own.meterCustomer ?? null,
    },
    balance: {
      currency,
      available,
      available_decimal: decimalAmount(available),
      held,
      held_decimal: decimalAmount(held),
      open_jobs: openJobs,
      spent_this_month: spentThisMonth,
      spent_this_month_decimal: decimalAmount(spentThisMonth),
    },
  };
}
