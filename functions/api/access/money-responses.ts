import * as z from "zod";
import { warningSchema } from "../problems/warning-responses.ts";
import { accountTermsSchema } from "./account-schemas.ts";
import { deduplicationWindowSchema, keyLimitsSchema, parametersSchema } from "./key-schemas.ts";

export const money = z.int().describe("Whole micro-units: millionths of the currency.");
/** The type of every `NAME_decimal`, which stands beside the amount NAME. */
export const decimal = z
  .string()
  .meta({ examples: ["0.000003"] })
  .describe("The same amount in whole units of the currency, as a decimal string.");

export const keyResourceSchema = z
  .object({
    id: z.string(),
    object: z.literal("key"),
    name: z.string(),
    hint: z.string().describe("The first characters of the key."),
    scopes: z.array(z.string()),
    limits: keyLimitsSchema,
    deduplication_window_s: deduplicationWindowSchema,
    parameters_in_file: parametersSchema,
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    revoked_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable().describe("Rounded to the hour."),
    previous_value_until: z.iso
      .datetime()
      .nullable()
      .describe("During a rotation: when the previous value stops working."),
    value: z.string().optional().describe("The key itself; only in the response that created it."),
  })
  .meta({ id: "Key" });

export const keyListSchema = z.object({ data: z.array(keyResourceSchema) }).meta({ id: "KeyList" });

export const accountResourceSchema = z
  .object({
    id: z.string(),
    object: z.literal("account"),
    name: z.string(),
    created_at: z.iso.datetime(),
    terms: accountTermsSchema,
    balance: z.object({
      currency: z.string(),
      available: money,
      available_decimal: decimal,
      held: money,
      held_decimal: decimal,
      open_jobs: z.int(),
      spent_this_month: money,
      spent_this_month_decimal: decimal,
    }),
  })
  .meta({ id: "Account" });

export const accountListSchema = z.object({ data: z.array(accountResourceSchema) }).meta({ id: "AccountList" });

export const balanceSchema = z
  .object({
    object: z.literal("balance"),
    currency: z.string(),
    available: z
      .int()
      .describe(
        "Amount that can be spent, in whole micro-units (millionths of the currency). Negative only when unlimited.",
      ),
    available_decimal: decimal,
    held: z.int().describe("Amount held for open jobs, in whole micro-units."),
    held_decimal: decimal,
    open_jobs: z.int(),
    unlimited: z
      .boolean()
      .describe("Jobs are accepted whatever the balance: the account is billed later, or runs on its own machine."),
    spent_this_month: z.int().describe("Spent or held in this calendar month (UTC), in whole micro-units."),
    spent_this_month_decimal: decimal,
    monthly_cap: z.int().nullable().describe("In whole micro-units."),
    monthly_cap_decimal: decimal.nullable(),
  })
  .meta({ id: "Balance" });

export const ownKeySchema = keyResourceSchema
  .pick({ id: true, object: true, name: true, hint: true, scopes: true, created_at: true, expires_at: true })
  .extend({
    scopes: z.array(z.string()).describe("What the key may do; * is all but accounts:admin."),
    limits: keyLimitsSchema.describe("Of the key itself; those of its account apply too."),
    account: z.object({
      id: z.string(),
      name: z.string(),
      unlimited: z
        .boolean()
        .describe("Jobs are accepted whatever the balance: the account is billed later, or runs on its own machine."),
      limits: keyLimitsSchema,
    }),
    balance: balanceSchema.nullable().describe("Null for a key without the scope usage:read."),
  })
  .meta({ id: "OwnKey" });

export const usageSchema = z
  .object({
    object: z.literal("usage"),
    currency: z.string(),
    group_by: z.string(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    charged: z.int().describe("Total of all groups, in whole micro-units."),
    charged_decimal: decimal,
    data: z.array(
      z.object({
        group: z.string().describe("The day, key id, model or label; of several, with commas between."),
        groups: z.array(z.string()).describe("The same one by one, in the order of group_by."),
        jobs: z.int(),
        succeeded: z.int(),
        images: z.int(),
        steps: z.int(),
        megapixels: z.number(),
        charged: money,
        charged_decimal: decimal,
      }),
    ),
  })
  .meta({ id: "Usage" });

export const quoteSchema = z
  .object({
    object: z.literal("quote"),
    amount: money.describe("Charge if every job succeeds, in whole micro-units."),
    amount_decimal: decimal,
    currency: z.string(),
    unit_prices: z.array(
      z.object({
        model: z.string(),
        lane: z.enum(["interactive", "batch"]),
        per_megapixel_step: money.describe(
          "Per megapixel and network call, in whole micro-units: a step without guidance is one call, with " +
            "guidance two.",
        ),
        per_megapixel_step_decimal: decimal,
      }),
    ),
    breakdown: z.array(
      z.object({
        model: z.string(),
        width: z.int(),
        height: z.int(),
        n: z.int(),
        steps: z.int(),
        lane: z.enum(["interactive", "batch"]),
        jobs: z.int().describe("Number of jobs with these parameters."),
        amount: money.describe("Price of all of them, in whole micro-units."),
        amount_decimal: decimal,
      }),
    ),
    warnings: z.array(warningSchema).describe("Of all jobs, each once, 20 at most: nothing has been submitted yet."),
    prices_of: z.iso.datetime().describe("Time at which the price table came into force."),
    eta_s: z
      .number()
      .nullable()
      .describe(
        "Estimated seconds until all jobs would end if submitted now, without later submissions; null before " +
          "the first image was generated here.",
      ),
    expires_at: z.iso.datetime().describe("Until then, the same body is charged exactly this amount."),
  })
  .meta({ id: "Quote" });
