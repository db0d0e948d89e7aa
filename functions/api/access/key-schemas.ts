import * as z from "zod";
import { keyScopes } from "../../../shared/access/api-key.ts";
import { maxDeduplicationWindowS } from "../../../shared/limits.ts";

const maxOverlapS = 30 * 86_400;

const name = z.string().max(100).describe("Display name.");
const limit = z.int().min(1).max(1_000_000_000);
export const keyLimitsSchema = z.strictObject({
  requests_per_minute: limit.nullable().optional(),
  max_open_jobs: limit.nullable().optional().describe("Maximum number of open jobs."),
  monthly_cap: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .nullable()
    .optional()
    .describe("Spending cap per calendar month (UTC), in whole micro-units."),
});

export const deduplicationWindowSchema = z
  .int()
  .min(0)
  .max(maxDeduplicationWindowS)
  .nullable()
  .describe(
    "For so many seconds after a response, an equal request of this key without Idempotency-Key and without " +
      "seed is given the same job again. 0, or null, the default, is no window.",
  );

export const parametersSchema = z
  .boolean()
  .describe("False: the files of this key's images never say how they were drawn, whatever a request asks for.");

export const keyRequestSchema = z
  .strictObject({
    name: name.optional(),
    scopes: z
      .array(z.enum(keyScopes))
      .min(1)
      .max(keyScopes.length)
      .optional()
      .describe("A subset of the calling key's scopes. Default: all of them."),
    expires_at: z.iso
      .datetime({ offset: true, error: "must be a time such as 2027-01-31T12:00:00Z" })
      .optional()
      .describe("Default: the key does not expire."),
    limits: keyLimitsSchema.optional(),
    deduplication_window_s: deduplicationWindowSchema.optional(),
    parameters_in_file: parametersSchema.optional(),
  })
  .meta({ id: "KeyRequest" });

export const keyChangeSchema = z
  .strictObject({
    name: name.optional(),
    limits: keyLimitsSchema.optional().describe("Only the fields given are changed; null removes one."),
    deduplication_window_s: deduplicationWindowSchema.optional(),
    parameters_in_file: parametersSchema.optional(),
  })
  .meta({ id: "KeyChange" });

export const rotateRequestSchema = z
  .strictObject({
    overlap_s: z
      .int()
      .min(0)
      .max(maxOverlapS)
      .optional()
      .describe("Seconds for which the old value stays valid. Default 86400."),
  })
  .meta({ id: "KeyRotation" });
