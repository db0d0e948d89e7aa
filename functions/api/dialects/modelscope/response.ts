import type { LinkSigner } from "../../../../shared/access/signed-link.ts";
import type { Job } from "../../../../shared/job.ts";
import { warningMessages } from "../../../../shared/warnings/warning.ts";

const statuses: { readonly [status in Job["status"]]: string } = {
  queued: "PENDING",
  running: "PROCESSING",
  succeeded: "SUCCEED",
  failed: "FAILED",
  canceled: "FAILED",
  expired: "FAILED",
};

/** A job as ModelScope shows a task. */
export function presentTask(job: Job, link: LinkSigner, requestId: string) {
  const task = { task_id: job.id, task_status: statuses[job.status], request_id: requestId };
  if (job.status === "succeeded") {
    const warnings = job.warnings.length > 0 ? warningMessages(job.warnings) : undefined;
    return { ...task, output_images: job.images.map(({ key }) => link.file(key).url), warnings };
  }
  if (task.task_status !== "FAILED") return task;
  const message = job.status === "failed" ? (job.error?.message ?? "the job failed") : `the job is ${job.status}`;
  return { ...task, errors: { message, code: job.error?.code ?? `job_${job.status}` } };
}
