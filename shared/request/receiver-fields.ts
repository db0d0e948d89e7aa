import * as z from "zod";
import { maxMetadataKeyCharacters, maxMetadataKeys, maxMetadataValueCharacters, maxUrlCharacters } from "../limits.ts";
import { runEventTypes, webhookEventTypes } from "../webhooks/webhook-event.ts";

export const webhookField = z
  .strictObject({
    url: z
      .string()
      .max(maxUrlCharacters)
      .describe("https URL that is called when the job ends, signed according to Standard Webhooks."),
    events: z
      .array(z.enum(webhookEventTypes))
      .max(webhookEventTypes.length)
      .optional()
      .describe("Event types to send. Default: all except job.started and job.progress."),
  })
  .optional();

/** The webhook of one catalogue run. */
export const runWebhookField = z
  .strictObject({
    url: z
      .string()
      .max(maxUrlCharacters)
      .describe("https URL that is told of this run alone, signed according to Standard Webhooks."),
    events: z
      .array(z.enum(runEventTypes))
      .max(runEventTypes.length)
      .optional()
      .describe("Event types to send. Default: all except run.progress."),
  })
  .optional();

export const metadataField = z
  .record(z.string().min(1).max(maxMetadataKeyCharacters), z.string().max(maxMetadataValueCharacters))
  .refine((metadata) => Object.keys(metadata).length <= maxMetadataKeys, `must have at most ${maxMetadataKeys} keys`)
  .optional()
  .describe(
    "Labels returned with the job and usable as filters: at most 16, with keys of 64 and values of 512 characters.",
  );
