import * as z from "zod";
import { maskModes } from "../../../shared/image-files/mask-rules.ts";
import { controlPreprocessors } from "../../../shared/request/image-request.ts";
import { passedShape } from "../../../shared/request/passed-fields.ts";
import { decimal } from "../access/money-responses.ts";
import { warningSchema } from "../problems/warning-responses.ts";

/*
 * Response schemas of this folder, for its types and the OpenAPI document. Everything else imports only their types, so
 * that they are built with the document and not at every start.
 */

const time = z.iso.datetime();

const share = z.number().min(0).max(1);

export const imageChecksSchema = z
  .object({
    border_white_exact: share.describe("Of a frame of 2 % of the shorter side: pixels that are exactly white."),
    border_white: share.describe("The same, pixels of 245 and more in all channels."),
    fill: share.describe(
      "Of the canvas, what the product's longer side takes; without product, all that is not white.",
    ),
    sharpness: z.number().min(0).describe("Variance of the Laplacian, on at most 512 pixels."),
    flat: z.boolean().describe("Shows one colour alone."),
    dhash: z.string().describe("Difference hash, 64 bits in hex: images that look alike differ in few of them."),
    quality: z.int().optional().describe("That a lossy file was written with."),
    cut_out: z.enum(["alpha", "mask", "background"]).optional().describe("What the product was cut out by."),
    product_scale: z.number().optional().describe("Pixels of the file to a pixel of the photo."),
    product_psnr: z
      .number()
      .optional()
      .describe("Product in the file against its photo, in dB, without its outermost 2 pixels; 100 is identical."),
    text_distances: z
      .array(z.int())
      .optional()
      .describe(
        "Of each line of checks.text: characters to change, add or leave out in the line that was read for it.",
      ),
    text_elsewhere: z.int().optional().describe("Characters that were read and belong to none of these lines."),
  })
  .meta({ id: "ImageChecks" });

export const jobImageSchema = z
  .object({
    id: z.string().describe("As in /v1/images."),
    index: z.int(),
    url: z.url().describe("Needs no header. Each GET of the job returns a fresh link."),
    url_expires_at: time,
    width: z.int(),
    height: z.int(),
    format: z.enum(["png", "jpeg", "webp", "avif"]),
    content_type: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    seed: z.int(),
    checks: imageChecksSchema.optional().describe("Measured on the file, where the request asks for it."),
    b64: z.string().optional().describe("The file as base64, if the request had response: b64."),
  })
  .meta({ id: "JobImage" });

export const jobParamsSchema = z
  .object({
    model: z.string(),
    ...passedShape,
    width: z.int(),
    height: z.int(),
    n: z.int(),
    seed: z.int(),
    steps: z.int(),
    guidance: z.number(),
    output: z.object({ format: z.string(), quality: z.int().optional() }),
    latents_url: z.url().optional(),
    image_url: z.url().optional(),
    strength: z.number().optional(),
    mask_url: z.url().optional(),
    mask_mode: z.enum(maskModes).optional(),
    reference_urls: z.array(z.url()).optional(),
    loras: z.array(z.object({ id: z.string(), scale: z.number() })).optional(),
    controlnet: z
      .object({
        id: z.string(),
        image_url: z.url(),
        scale: z.number(),
        start: z.number().optional(),
        end: z.number().optional(),
        preprocess: z.enum(controlPreprocessors).optional(),
      })
      .optional(),
  })
  .describe(
    "Every value as it was used; submitting them again gives the same images. Latents and input images are links.",
  )
  .meta({ id: "JobParams" });

/** The job as the native API and the webhooks show it. */
export const jobResourceSchema = z
  .object({
    id: z.string(),
    object: z.literal("job"),
    status: z.enum(["queued", "running", "succeeded", "failed", "canceled", "expired"]),
    model: z.string(),
    created_at: time,
    started_at: time.nullable(),
    finished_at: time.nullable(),
    deadline_at: time.nullable(),
    cancel_requested_at: time.nullable(),
    queue: z
      .object({
        position: z.int().nullable().describe("1 is next; null where the queue counts no positions, as on AWS."),
        eta_s: z
          .number()
          .nullable()
          .describe("Estimated seconds until the job starts; null before the first image was generated here."),
      })
      .nullable()
      .describe(
        "Current place in the queue; null once the job has started, in webhooks, and in lists for all but the first 20 " +
          "queued jobs of a page.",
      ),
    progress: z
      .object({ step: z.int(), total: z.int() })
      .nullable()
      .describe(
        "Steps done, of all images. Kept up to date while the job is followed or asked for: the first request for a " +
          "job that runs may still find null, or an older step.",
      ),
    images: z.array(jobImageSchema).describe("Without those that were deleted."),
    error: z
      .object({ code: z.string(), message: z.string().describe("In Chinese with Accept-Language: zh.") })
      .nullable(),
    warnings: z.array(warningSchema),
    attempts: z.int().describe("How often a worker has started the job."),
    cost: z
      .object({
        amount: z.int().describe("Price in whole micro-units; held until the job ends and charged when it succeeds."),
        amount_decimal: decimal,
        charged: z
          .int()
          .nullable()
          .describe("null until the job ends. A job canceled while a worker has it is charged for the steps begun."),
        charged_decimal: decimal.nullable(),
        currency: z.string(),
        lane: z.enum(["interactive", "batch"]),
      })
      .nullable()
      .describe("In whole micro-units (millionths of the currency); null if the job was submitted without a price."),
    usage: z
      .object({ gpu_ms: z.int(), steps: z.int(), megapixels: z.number() })
      .nullable()
      .describe("null until the job has succeeded."),
    timings: z.object({
      queued_ms: z.int().nullable().describe("From submission to first start."),
      inference_ms: z.int().nullable(),
      total_ms: z.int().nullable().describe("From submission to end."),
    }),
    params: jobParamsSchema,
    metadata: z.record(z.string(), z.string()),
    webhook: z.object({ url: z.string(), events: z.array(z.string()) }).nullable(),
    links: z.object({ self: z.url(), events: z.url(), cancel: z.url() }),
  })
  .meta({ id: "Job" });

export type JobResource = z.infer<typeof jobResourceSchema>;

export const jobListSchema = z
  .object({
    data: z.array(jobResourceSchema).describe("Newest first."),
    next_cursor: z.string().nullable().describe("null on the last page."),
  })
  .meta({ id: "JobList" });
