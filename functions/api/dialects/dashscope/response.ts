import type { LinkSigner } from "../../../../shared/access/signed-link.ts";
import type { Job, JobStatus } from "../../../../shared/job.ts";
import { warningMessages } from "../../../../shared/warnings/warning.ts";
import { dashscopeCodes } from "./errors.ts";

const statuses: { readonly [status in JobStatus]: string } = {
  queued: "PENDING",
  running: "RUNNING",
  succeeded: "SUCCEEDED",
  failed: "FAILED",
  canceled: "CANCELED",
  expired: "FAILED",
};

interface ResponseContext {
  readonly link: LinkSigner;
  readonly requestId: string;
}

/** Response of the synchronous route: one choice per image. */
export function presentChoices(job: Job, { link, requestId }: ResponseContext) {
  return {
    output: { choices: choicesOf(job, link) },
    usage: usageOf(job),
    request_id: requestId,
    warnings: warningsOf(job),
  };
}

/** A job as a task. A succeeded one has its images in both forms, as the two routes answer. */
export function presentTask(job: Job, { link, requestId }: ResponseContext) {
  const output = { task_id: job.id, task_status: statuses[job.status], submit_time: timeOf(job.createdAt) };
  if (job.status === "succeeded") {
    const results = job.images.map(({ key }) => ({ url: link.file(key).url }));
    const finished = { ...output, end_time: timeOf(job.finishedAt ?? job.createdAt), results };
    return {
      output: { ...finished, choices: choicesOf(job, link) },
      usage: usageOf(job),
      request_id: requestId,
      warnings: warningsOf(job),
    };
  }
  if (job.status === "queued" || job.status === "running") return { output, request_id: requestId };
  const message = job.error?.message ?? `the job is ${job.status}`;
  const code = job.error?.code ?? `job_${job.status}`;
  const named = Object.hasOwn(dashscopeCodes, code) ? dashscopeCodes[code] : code;
  return { output: { ...output, code: named, message }, request_id: requestId };
}

function choicesOf({ images, params }: Job, link: LinkSigner) {
  return images.map(({ key }) => ({
    finish_reason: "stop",
    message: { role: "assistant", content: [{ image: link.file(key).url }, { text: params.prompt }] },
  }));
}

function usageOf({ images, params }: Job) {
  return { width: params.width, height: params.height, image_count: images.length };
}

/** A member of ours, beside those of the API. */
function warningsOf({ warnings }: Job): readonly string[] | undefined {
  return warnings.length > 0 ? warningMessages(warnings) : undefined;
}

/** `2026-01-31 12:00:00.000`, in UTC. */
function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
}
