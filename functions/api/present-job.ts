import * as z from "zod";
import { contentTypes, type ImageParams, type Job, type JobImage } from "../../shared/job.ts";
import type { LinkSigner } from "../../shared/signed-link.ts";
import type { QueuePlace } from "./queue-view.ts";

const time = z.iso.datetime();

export const jobImageSchema = z
  .object({
    id: z.string(),
    index: z.int(),
    url: z.url().describe("Needs no header. A GET of the job always gives a fresh one."),
    url_expires_at: time,
    width: z.int(),
    height: z.int(),
    format: z.enum(["png", "jpeg", "webp", "avif"]),
    content_type: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    seed: z.int(),
    b64: z.string().optional().describe("The file as base64, when the job asked for response b64."),
  })
  .meta({ id: "JobImage" });

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
        position: z.int().describe("1 is begun next."),
        eta_s: z.number().nullable().describe("Until it is begun, in seconds; null before anything was drawn here."),
      })
      .nullable()
      .describe("Where a queued job waits, as things are now; null once it is begun, in lists and in webhooks."),
    progress: z.object({ step: z.int(), total: z.int() }).nullable(),
    images: z.array(jobImageSchema),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    warnings: z.array(z.string()),
    attempts: z.int().describe("How often a worker began the job."),
    cost: z
      .object({
        amount: z.int().describe("Price: held until the job ends, charged when it succeeds."),
        charged: z.int().nullable().describe("null until the job is over; a cancelled one pays for the steps done."),
        currency: z.string(),
        lane: z.enum(["interactive", "batch"]),
      })
      .nullable()
      .describe("Whole micro-units: millionths of the currency. null for jobs of before there were prices."),
    usage: z
      .object({ gpu_ms: z.int(), steps: z.int(), megapixels: z.number() })
      .nullable()
      .describe("What was drawn; null until the job has succeeded."),
    timings: z.object({
      queued_ms: z.int().nullable().describe("Accepted to first begun."),
      inference_ms: z.int().nullable(),
      total_ms: z.int().nullable().describe("Accepted to finished."),
    }),
    params: z
      .object({
        model: z.string(),
        prompt: z.string(),
        negative_prompt: z.string().optional(),
        width: z.int(),
        height: z.int(),
        n: z.int(),
        seed: z.int(),
        steps: z.int(),
        guidance: z.number(),
        cfg_normalization: z.boolean(),
        cfg_truncation: z.number(),
        output: z.object({ format: z.string(), quality: z.int().optional() }),
        latents_url: z.url().optional(),
        image_url: z.url().optional(),
        strength: z.number().optional(),
        mask_url: z.url().optional(),
        mask_mode: z.enum(["white", "transparent"]).optional(),
        reference_urls: z.array(z.url()).optional(),
        loras: z.array(z.object({ id: z.string(), scale: z.number() })).optional(),
        controlnet: z.object({ id: z.string(), image_url: z.url(), scale: z.number() }).optional(),
        upscale: z.enum(["none", "lanczos", "refine"]).optional(),
      })
      .describe(
        "Every value as it was used: sent again, they give the same picture (latents and pictures are linked, not repeated).",
      ),
    metadata: z.record(z.string(), z.string()),
    webhook: z.object({ url: z.string(), events: z.array(z.string()) }).nullable(),
    links: z.object({ self: z.url(), events: z.url(), cancel: z.url() }),
  })
  .meta({ id: "Job" });

export type JobResource = z.infer<typeof jobResourceSchema>;

/**
 * @param link - makes the result links, under the address that the reader of this resource can reach
 * @param place - where a queued job waits, when that was looked up
 */
export function presentJob(
  job: Job,
  { link, place }: { readonly link: LinkSigner; readonly place?: QueuePlace | undefined },
): JobResource {
  const self = `${link.origin}/v1/jobs/${job.id}`;
  const { params } = job;
  return {
    id: job.id,
    object: "job",
    status: job.status,
    model: params.model,
    created_at: isoTime(job.createdAt),
    started_at: isoTimeOrNull(job.startedAt),
    finished_at: isoTimeOrNull(job.finishedAt),
    deadline_at: isoTimeOrNull(job.deadlineAt),
    cancel_requested_at: isoTimeOrNull(job.cancelRequestedAt),
    queue: place === undefined ? null : presentPlace(place),
    progress: job.progress ?? null,
    images: job.images.map((image) => presentImage(image, link)),
    // A job that is tried again keeps its last error in the record; to its owner it has not failed.
    error: job.status === "failed" ? (job.error ?? { code: "internal_error", message: "the job failed" }) : null,
    warnings: [...job.warnings],
    attempts: job.attempt,
    cost: costOf(job),
    usage: usageOf(job),
    timings: {
      queued_ms: job.startedAt === undefined ? null : job.startedAt - job.createdAt,
      inference_ms: job.inferenceMs === undefined ? null : Math.round(job.inferenceMs),
      total_ms: job.finishedAt === undefined ? null : job.finishedAt - job.createdAt,
    },
    params: {
      model: params.model,
      prompt: params.prompt,
      ...(params.negativePrompt !== undefined && { negative_prompt: params.negativePrompt }),
      width: params.width,
      height: params.height,
      n: params.n,
      seed: params.seed,
      steps: params.steps,
      guidance: params.guidance,
      cfg_normalization: params.cfgNormalization,
      cfg_truncation: params.cfgTruncation,
      output: { format: params.format, ...(params.quality !== undefined && { quality: params.quality }) },
      ...(params.latentsKey !== undefined && { latents_url: link.file(params.latentsKey).url }),
      ...presentPictures(params, link),
    },
    metadata: { ...job.metadata },
    webhook: job.webhook ? { url: job.webhook.url, events: [...job.webhook.events] } : null,
    links: { self, events: `${self}/events`, cancel: `${self}/cancel` },
  };
}

/** To a tenth of a second: more would be made up. */
export function presentPlace({ position, etaMs }: QueuePlace): NonNullable<JobResource["queue"]> {
  return { position, eta_s: etaMs === undefined ? null : Math.round(etaMs / 100) / 10 };
}

function presentPictures(params: ImageParams, link: LinkSigner) {
  const { imageKey, strength, maskKey, maskMode, referenceKeys, loras, controlNet, upscale } = params;
  const url = (key: string) => link.file(key).url;
  return {
    ...(imageKey !== undefined && { image_url: url(imageKey) }),
    ...(strength !== undefined && { strength }),
    ...(maskKey !== undefined && { mask_url: url(maskKey) }),
    ...(maskMode !== undefined && { mask_mode: maskMode }),
    ...(referenceKeys && { reference_urls: referenceKeys.map(url) }),
    ...(loras && { loras: loras.map((lora) => ({ ...lora })) }),
    ...(controlNet && {
      controlnet: { id: controlNet.id, image_url: url(controlNet.imageKey), scale: controlNet.scale },
    }),
    ...(upscale !== undefined && { upscale }),
  };
}

function presentImage({ key, id, index, width, height, format, bytes, sha256, seed }: JobImage, link: LinkSigner) {
  const { url, expiresAt } = link.file(key);
  const contentType = contentTypes[format];
  return {
    ...{ id, index, url, url_expires_at: isoTime(expiresAt), width, height, format },
    ...{ content_type: contentType, bytes, sha256, seed },
  };
}

function costOf({ price, charged }: Job): JobResource["cost"] {
  if (price === undefined) return null;
  return { amount: price.amount, charged: charged ?? null, currency: price.currency, lane: price.lane };
}

function usageOf({ status, params, images, inferenceMs }: Job): JobResource["usage"] {
  if (status !== "succeeded") return null;
  const pixels = images.reduce((sum, { width, height }) => sum + width * height, 0);
  return { gpu_ms: Math.round(inferenceMs ?? 0), steps: params.steps * images.length, megapixels: pixels / 1e6 };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function isoTimeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}
