import type { LinkSigner } from "../../../../shared/access/signed-link.ts";
import { contentTypes, type Job, terminalStatuses } from "../../../../shared/job.ts";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import { jobFailure } from "./errors.ts";

/**
 * Where the client finds a request again, on the address that it used:
 * `{origin}/fal/queue/{owner}/{alias}/requests/{id}`.
 */
export function requestAddress(origin: string, app: string, { id }: Job) {
  const self = `${origin}/fal/queue/${app}/requests/${id}`;
  return { response_url: self, status_url: `${self}/status`, cancel_url: `${self}/cancel` };
}

/** @param files - base64 of each image, for jobs that asked for it */
export function presentFalResult(job: Job, { files, link }: { files: readonly string[]; link: LinkSigner }) {
  const { params, inferenceMs = 0 } = job;
  return {
    images: job.images.map(({ key, width, height, format, bytes, index }, i) => ({
      url: job.response === "b64" ? `data:${contentTypes[format]};base64,${files[i]}` : link.file(key).url,
      width,
      height,
      content_type: contentTypes[format],
      file_name: `${index}.${format}`,
      file_size: bytes,
    })),
    timings: { inference: inferenceMs / 1_000 },
    seed: params.seed,
    // Nothing checks the images: `false` for each would say that they were looked at.
    has_nsfw_concepts: [],
    prompt: params.prompt,
    warnings: job.warnings.length > 0 ? warningMessages(job.warnings) : undefined,
  };
}

export interface StatusContext {
  readonly origin: string;
  /** `owner/alias`. */
  readonly app: string;
  readonly logs: boolean;
  readonly position: number;
}

export function presentFalStatus(job: Job, { origin, app, logs, position }: StatusContext) {
  const common = { request_id: job.id, ...requestAddress(origin, app, job) };
  if (job.status === "queued") return { status: "IN_QUEUE", ...common, queue_position: position };
  const lines = logs ? logsOf(job) : null;
  if (!terminalStatuses.has(job.status)) return { status: "IN_PROGRESS", ...common, logs: lines };
  const metrics = job.inferenceMs === undefined ? {} : { inference_time: job.inferenceMs / 1_000 };
  return { status: "COMPLETED", ...common, logs: lines, metrics };
}

function logsOf({ progress, startedAt = 0, warnings }: Job) {
  const timestamp = new Date(startedAt).toISOString();
  const lines = progress === undefined ? [] : [`step ${progress.step} of ${progress.total}`];
  return [...warningMessages(warnings), ...lines].map((message) => ({
    message,
    level: "INFO",
    source: "USER",
    timestamp,
  }));
}

/** Body of a webhook. */
export function presentFalWebhook(job: Job, link: LinkSigner) {
  const ids = { request_id: job.id, gateway_request_id: job.id };
  if (job.status === "succeeded") {
    return {
      ...ids,
      status: "OK",
      payload: presentFalResult({ ...job, response: "url" }, { files: [], link }),
      error: null,
    };
  }
  const { message } = jobFailure(job);
  return { ...ids, status: "ERROR", payload: { detail: message }, error: message };
}
