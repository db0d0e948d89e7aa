import * as z from "zod";

const count = z.int().min(1).max(1_000_000_000);
export const accountTermsSchema = z.strictObject({
  unlimited: z.boolean().nullable().optional().describe("The balance may become negative."),
  monthly_cap: z.int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().optional(),
  requests_per_minute: count.nullable().optional(),
  max_open_jobs: count.nullable().optional(),
  weight: z
    .number()
    .min(0.01)
    .max(100)
    .nullable()
    .optional()
    .meta({ deprecated: true })
    .describe("Without effect: accounts take equal turns. Accepted because older clients send it."),
  low_balance: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .nullable()
    .optional()
    .describe("Available micro-units below which a balance.low event is sent to the account's webhook endpoints."),
  meter_customer: z.string().min(1).max(200).nullable().optional().describe("Customer id in the billing system."),
});

export const accountRequestSchema = z
  .strictObject({ name: z.string().max(100).optional(), terms: accountTermsSchema.optional() })
  .meta({ id: "AccountRequest" });

export const accountChangeSchema = z
  .strictObject({ terms: accountTermsSchema.describe("Only the fields given are changed; null removes one.") })
  .meta({ id: "AccountChange" });

export const creditRequestSchema = z
  .strictObject({
    amount: z.int().describe("Whole micro-units; a negative amount is a debit."),
    reference: z.string().min(1).max(100).describe("Invoice or payment; applied once per account."),
    note: z.string().max(500).optional(),
  })
  .meta({ id: "CreditRequest" });
