import * as z from "zod";
import { imageChecksSchema, jobParamsSchema } from "../jobs/job-responses.ts";

const time = z.iso.datetime();

const imageShape = {
  id: z.string().describe("`img_…`. Requests take it in place of an image: image, mask, references."),
  object: z.literal("image"),
  job_id: z.string(),
  index: z.int().describe("Within the job, from 0."),
  created_at: time.describe("When the job was made; the list is sorted by it."),
  expires_at: time.describe("When the image is deleted."),
  model: z.string(),
  width: z.int(),
  height: z.int(),
  format: z.enum(["png", "jpeg", "webp", "avif"]),
  bytes: z.int(),
  seed: z.int().describe("The image's own: that of the job, plus its index."),
  run_id: z.string().nullable().describe("Of an image of a catalogue run."),
  sku: z.string().nullable().describe("metadata.sku, which catalogue runs set."),
  metadata: z.record(z.string(), z.string()),
  url: z.url().describe("The file. Needs no header; each response has a fresh link."),
  url_expires_at: time,
  thumbnails: z
    .object({ "256": z.url(), "512": z.url() })
    .describe(
      "WebP, no side longer than that; the file itself where it is no larger, or has no thumbnail. Links that stay the " +
        "same and work until expires_at, so that they can be cached.",
    ),
};

export const imageSchema = z
  .object({
    ...imageShape,
    prompt: z.string().describe("Its first 300 characters."),
  })
  .meta({ id: "Image" });

export const imageDetailSchema = z
  .object({
    ...imageShape,
    prompt: z.string(),
    sha256: z.string(),
    content_type: z.string(),
    params: jobParamsSchema,
    checks: imageChecksSchema.optional(),
  })
  .meta({ id: "ImageDetail" });

export const imageListSchema = z
  .object({
    data: z.array(imageSchema).describe("Newest first; may be fewer than the limit before the last page, even none."),
    next_cursor: z.string().nullable().describe("null on the last page."),
  })
  .meta({ id: "ImageList" });

export const imageDaysSchema = z
  .object({
    total: z.int().describe("Images of all days."),
    data: z
      .array(z.object({ day: z.string().describe("UTC, such as 2026-01-31."), images: z.int() }))
      .describe("Latest first, without days that have no image."),
  })
  .meta({ id: "ImageDays" });

export const deletedImageSchema = z
  .object({
    id: z.string(),
    object: z.literal("image"),
    deleted: z.literal(true),
    kept: z
      .array(z.enum(["job", "usage", "verification", "run_copy"]))
      .describe(
        "What is kept: the job with its prompt and parameters, its charge in the usage, the digests that " +
          "POST /v1/verify finds a file by, and the copy of a catalogue run.",
      ),
  })
  .meta({ id: "DeletedImage" });

export const imageLinkSchema = z
  .object({
    object: z.literal("image_link"),
    image_id: z.string(),
    url: z.url().describe("Opens the image for whoever has it, without a key, until it expires or is deleted."),
    expires_at: time,
  })
  .meta({ id: "ImageLink" });
