import type { LinkSigner } from "../../../../shared/access/signed-link.ts";
import type { PipelineError } from "../../../../shared/errors.ts";
import type { Job, JobStatus } from "../../../../shared/job.ts";
import { type CatalogModel, findModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import { isoTime, isoTimeOrNull } from "../../http/iso-time.ts";
import { replicateName, versionOf } from "./model-names.ts";

const statuses: { readonly [status in JobStatus]: string } = {
  queued: "starting",
  running: "processing",
  succeeded: "succeeded",
  failed: "failed",
  canceled: "canceled",
  expired: "aborted",
};

export interface PredictionContext {
  readonly link: LinkSigner;
  readonly models: readonly CatalogModel[];
  /** Address of the events, without a header; absent where none was requested. */
  readonly streamUrl?: string;
}

/** A job as Replicate shows a prediction. `input` has the values as they were used. */
export function presentPrediction(job: Job, { link, models, streamUrl }: PredictionContext) {
  const { params } = job;
  const model = findModel(models, params.model);
  const self = `${link.origin}/v1/predictions/${job.id}`;
  const finished = job.finishedAt;
  return {
    id: job.id,
    model: model === undefined ? params.model : Object.values(replicateName(model)).join("/"),
    version: model === undefined ? "" : versionOf(model),
    input: {
      prompt: params.prompt,
      negative_prompt: params.negativePrompt,
      width: params.width,
      height: params.height,
      num_outputs: params.n,
      seed: params.seed,
      num_inference_steps: params.steps,
      guidance_scale: params.guidance,
      output_format: params.format === "jpeg" ? "jpg" : params.format,
      output_quality: params.quality,
    },
    output: job.status === "succeeded" ? outputOf(job, link) : null,
    error: job.status === "failed" ? predictionError(job) : null,
    logs: logsOf(job),
    status: statuses[job.status],
    source: "api",
    data_removed: false,
    created_at: isoTime(job.createdAt),
    started_at: isoTimeOrNull(job.startedAt),
    completed_at: isoTimeOrNull(finished),
    metrics:
      finished === undefined
        ? {}
        : { predict_time: (job.inferenceMs ?? 0) / 1_000, total_time: (finished - job.createdAt) / 1_000 },
    urls: { get: self, cancel: `${self}/cancel`, stream: streamUrl },
  };
}

/** Why a prediction failed. Programs look for `NSFW` in it, the word that models there refuse with. */
export function predictionError({ error }: Pick<Job, "error">): string {
  const message = error?.message ?? "the job failed";
  return error?.code === "content_policy" ? `NSFW content detected: ${message}` : message;
}

/**
 * A prediction that was refused before there was a job: failed, as a model there refuses. It is not kept, and its
 * address finds nothing.
 */
export function refusedPrediction(
  {
    id,
    at,
    error,
    input,
  }: { readonly id: string; readonly at: number; readonly error: PipelineError; readonly input: unknown },
  { link, model }: { readonly link: LinkSigner; readonly model: CatalogModel },
) {
  const time = isoTime(at);
  const self = `${link.origin}/v1/predictions/${id}`;
  return {
    id,
    model: Object.values(replicateName(model)).join("/"),
    version: versionOf(model),
    input,
    output: null,
    error: predictionError({ error }),
    logs: "",
    status: "failed",
    source: "api",
    data_removed: true,
    created_at: time,
    started_at: null,
    completed_at: time,
    metrics: {},
    urls: { get: self, cancel: `${self}/cancel` },
  };
}

/** That model gives one link for one image, and a list only for several. */
function outputOf({ images }: Job, link: LinkSigner): string | string[] {
  const urls = images.map(({ key }) => link.file(key).url);
  return urls.length === 1 ? urls[0]! : urls;
}

/** Progress as tqdm prints it, which is what clients parse. */
function logsOf({ warnings, progress, params }: Job): string {
  const lines = [`Using seed: ${params.seed}`, ...warningMessages(warnings)];
  if (progress !== undefined) {
    const percent = Math.floor((100 * progress.step) / progress.total);
    const bar = "█".repeat(Math.floor(percent / 10)).padEnd(10);
    lines.push(`${String(percent).padStart(3)}%|${bar}| ${progress.step}/${progress.total}`);
  }
  return `${lines.join("\n")}\n`;
}
