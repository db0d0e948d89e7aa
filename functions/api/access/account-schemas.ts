import * as z from "zod";

const count = z.int().min(1).max(1_000_000_000);
export const accountTermsSchema = z.strictObject({
  unlimited: z.boolean().nullable().optional().describe("May spend below zero."),
  monthly_cap: z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().optional(),
  requests_per_minute: count.nullable().optional(),
  max_open_jobs: count.nullable().optional(),
  weight: z
    .number()
    .min(0.01)
    .max(100)
    .nullable()
    .optional()
    .describe("Share of the workers beside others. Default 1."),
  low_balance: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .nullable()
    .optional()
    .describe("Spendable micro-units below which its webhook endpoints are told: balance.low."),
  meter_customer: z.string().min(1).max(200).nullable().optional().describe("Customer id at the billing system."),
});

export const accountRequestSchema = z
  .strictObject({ name: z.string().max(100).optional(), terms: accountTermsSchema.optional() })
  .meta({ id: "AccountRequest" });

export const accountChangeSchema = z
  .strictObject({ terms: accountTermsSchema.describe("Those named; null takes one away.") })
  .meta({ id: "AccountChange" });

export const creditRequestSchema = z
  .strictObject({
    amount: z.int().describe("Whole micro-units; negative takes back."),
    reference: z.string().min(1).max(100).describe("An invoice or payment; counts once per account."),
    note: z.string().max(500).optional(),
  })
  .meta({ id: "CreditRequest" });
