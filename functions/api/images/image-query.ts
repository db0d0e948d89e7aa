import * as z from "zod";
import { jobRetentionS, maxAdapterIdCharacters, maxMetadataValueCharacters } from "../../../shared/limits.ts";
import { metadataQuery, pageQuery } from "../http/page-query.ts";

const maxTextCharacters = 200;

const time = (which: string) =>
  z.iso
    .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
    .optional()
    .describe(`Only images whose job was made ${which} this time; ISO 8601 with a time zone.`);

const model = z
  .string()
  .min(1)
  .max(maxAdapterIdCharacters)
  .optional()
  .describe("Only images of this model, by its id or an alias.");

const label = z.string().max(maxMetadataValueCharacters).optional();

export const imageListQuerySchema = z.strictObject({
  q: z
    .string()
    .max(maxTextCharacters)
    .optional()
    .describe("Words that the prompt has, in any order and case; parts of words count, as in Chinese."),
  model,
  created_after: time("after"),
  created_before: time("before"),
  run: label.describe("Only images of this catalogue run."),
  sku: label.describe("Only images of this SKU: the same as `metadata[sku]`."),
  metadata: metadataQuery,
  ...pageQuery,
});

export const imageDaysQuerySchema = z.strictObject({ model });

const minShareS = 60;
/** A week. */
export const defaultShareS = 604_800;

export const shareRequestSchema = z
  .strictObject({
    expires_in: z
      .int()
      .min(minShareS)
      .max(jobRetentionS)
      .optional()
      .describe(`Seconds that the link works, at most until the image expires. Default ${defaultShareS}, a week.`),
  })
  .meta({ id: "ShareRequest", examples: [{ expires_in: 86_400 }] });
