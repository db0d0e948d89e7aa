import type { LinkSigner } from "../../../shared/access/signed-link.ts";
import { imageId } from "../../../shared/images/image-id.ts";
import { contentTypes, type ImageChecks, type ImageParams, type Job, type JobImage } from "../../../shared/job.ts";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import { stepsPerImage } from "../../../shared/request/drawing-passes.ts";
import { passedRequest } from "../../../shared/request/passed-request.ts";
import { type Language, type Warning, warningText } from "../../../shared/warnings/warning.ts";
import { isoTime, isoTimeOrNull } from "../http/iso-time.ts";
import { chineseJobError } from "../problems/job-error-zh.ts";
import type { JobResource } from "./job-responses.ts";
import type { QueuePlace } from "./queue-view.ts";

/**
 * @param link - makes the result links, under the address that the reader of this resource can reach
 * @param place - where a queued job waits, when that was looked up
 * @param language - of warnings and of the error. @default "en"
 */
export function presentJob(
  job: Job,
  {
    link,
    place,
    language = "en",
  }: { readonly link: LinkSigner; readonly place?: QueuePlace | undefined; readonly language?: Language },
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
    images: job.images.map((image) => presentImage(job, image, link)),
    // A job that is retried keeps its last error in the record, but it has not failed.
    error: job.status === "failed" ? presentError(job, language) : null,
    warnings: job.warnings.map((warning) => presentWarning(warning, language)),
    attempts: job.attempt,
    cost: costOf(job),
    usage: usageOf(job),
    timings: {
      queued_ms: job.startedAt === undefined ? null : job.startedAt - job.createdAt,
      inference_ms: job.inferenceMs === undefined ? null : Math.round(job.inferenceMs),
      total_ms: job.finishedAt === undefined ? null : job.finishedAt - job.createdAt,
    },
    params: presentParams(params, link),
    metadata: { ...job.metadata },
    webhook: job.webhook ? { url: job.webhook.url, events: [...job.webhook.events] } : null,
    links: { self, events: `${self}/events`, cancel: `${self}/cancel` },
  };
}

/** A warning in the words of its reader. */
export function presentWarning(warning: Warning, language: Language): JobResource["warnings"][number] {
  const { code, param, values, image } = warning;
  const copied = Object.entries(values).map(([name, value]) => {
    return [name, typeof value === "object" ? [...value] : value] as const;
  });
  return {
    code,
    message: warningText(warning, language),
    param: param ?? null,
    values: Object.fromEntries(copied),
    image,
  };
}

function presentError({ error }: Job, language: Language): NonNullable<JobResource["error"]> {
  const told = error ?? { code: "internal_error", message: "the job failed" };
  const chinese = language === "zh" ? chineseJobError(told.code, told.message) : undefined;
  return { ...told, message: chinese ?? told.message };
}

/** The time is rounded to a tenth of a second: the estimate is no more precise. */
export function presentPlace({ position, exact, etaMs }: QueuePlace): NonNullable<JobResource["queue"]> {
  return { position: exact ? position : null, eta_s: etaMs === undefined ? null : Math.round(etaMs / 100) / 10 };
}

/** Every value as it was used, so that a request with them gives the same images. */
export function presentParams(params: ImageParams, link: LinkSigner): JobResource["params"] {
  return {
    model: params.model,
    ...passedRequest(params),
    width: params.width,
    height: params.height,
    n: params.n,
    seed: params.seed,
    steps: params.steps,
    guidance: params.guidance,
    output: { format: params.format, quality: params.quality },
    latents_url: params.latentsKey === undefined ? undefined : link.file(params.latentsKey).url,
    ...presentInputImages(params, link),
  };
}

function presentInputImages(params: ImageParams, link: LinkSigner) {
  const { imageKey, strength, maskKey, maskMode, referenceKeys, loras, controlNet } = params;
  const url = (key: string) => link.file(key).url;
  return {
    image_url: imageKey === undefined ? undefined : url(imageKey),
    strength,
    mask_url: maskKey === undefined ? undefined : url(maskKey),
    mask_mode: maskMode,
    reference_urls: referenceKeys?.map(url),
    loras: loras?.map(({ id, scale }) => ({ id, scale })),
    controlnet: controlNet && {
      id: controlNet.id,
      image_url: url(controlNet.imageKey),
      scale: controlNet.scale,
      start: controlNet.start,
      end: controlNet.end,
      preprocess: controlNet.preprocess,
    },
  };
}

function presentImage(job: Job, image: JobImage, link: LinkSigner) {
  const { key, index, width, height, format, bytes, sha256, seed, checks } = image;
  const { url, expiresAt } = link.file(key);
  const contentType = contentTypes[format];
  return {
    id: imageId(job, image),
    index,
    url,
    url_expires_at: isoTime(expiresAt),
    width,
    height,
    format,
    content_type: contentType,
    bytes,
    sha256,
    seed,
    checks: checks && presentChecks(checks),
  };
}

/** Numbers of a finished file. */
export function presentChecks(checks: ImageChecks): NonNullable<JobResource["images"][number]["checks"]> {
  return {
    border_white_exact: checks.borderWhiteExact,
    border_white: checks.borderWhite,
    fill: checks.fill,
    sharpness: checks.sharpness,
    flat: checks.flat,
    dhash: checks.dhash,
    quality: checks.quality,
    cut_out: checks.cutOut,
    product_scale: checks.productScale,
    product_psnr: checks.productPsnr,
    text_distances: checks.textDistances && [...checks.textDistances],
    text_elsewhere: checks.textElsewhere,
  };
}

function costOf({ price, charged }: Job): JobResource["cost"] {
  if (price === undefined) return null;
  const { amount, currency, lane } = price;
  return {
    amount,
    amount_decimal: decimalAmount(amount),
    charged: charged ?? null,
    charged_decimal: charged === undefined ? null : decimalAmount(charged),
    currency,
    lane,
  };
}

function usageOf({ status, params, images, deletedImages = [], inferenceMs }: Job): JobResource["usage"] {
  if (status !== "succeeded") return null;
  const drawn = [...images, ...deletedImages];
  const pixels = drawn.reduce((sum, { width, height }) => sum + width * height, 0);
  return {
    gpu_ms: Math.round(inferenceMs ?? 0),
    steps: stepsPerImage(params) * drawn.length,
    megapixels: pixels / 1e6,
  };
}
