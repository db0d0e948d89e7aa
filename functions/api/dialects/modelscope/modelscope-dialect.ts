import type { Job } from "../../../../shared/job.ts";
import { ApiError } from "../../api-error.ts";
import { errorStatus, publicError } from "../../error-status.ts";
import type { ErrorContext } from "../../problem.ts";
import type { Dialect } from "../dialect.ts";
import { modelscopeRoutes } from "./routes.ts";

/** Whether this is a request of ModelScope's asynchronous form: its path is OpenAI's too. */
export function isAsyncRequest(headers: Headers): boolean {
  return headers.get("x-modelscope-async-mode")?.toLowerCase() === "true";
}

/** ModelScope's asynchronous image route and its tasks. Without the header the path is OpenAI's. */
export const modelscopeDialect: Dialect = {
  owns: (path, headers) =>
    /^\/v1\/tasks(\/|$)/.test(path) || (path === "/v1/images/generations" && isAsyncRequest(headers)),
  routes: modelscopeRoutes,
  errorResponse,
};

function errorResponse(cause: unknown, { requestId }: ErrorContext): Response {
  const { code, message } = publicError(cause);
  const status = code === "model_not_found" ? 404 : errorStatus(cause);
  return new Response(JSON.stringify({ errors: { message, code }, request_id: requestId }), {
    status,
    headers: { ...(cause instanceof ApiError && cause.headers), "content-type": "application/json" },
  });
}

const statuses: { readonly [status in Job["status"]]: string } = {
  queued: "PENDING",
  running: "PROCESSING",
  succeeded: "SUCCEED",
  failed: "FAILED",
  canceled: "FAILED",
  expired: "FAILED",
};

/** A job as ModelScope shows a task. */
export function presentTask(job: Job, link: { file(key: string): { readonly url: string } }, requestId: string) {
  const task = { task_id: job.id, task_status: statuses[job.status], request_id: requestId };
  if (job.status === "succeeded") return { ...task, output_images: job.images.map(({ key }) => link.file(key).url) };
  if (task.task_status !== "FAILED") return task;
  const message = job.status === "failed" ? (job.error?.message ?? "the job failed") : `the job is ${job.status}`;
  return { ...task, errors: { message, code: job.error?.code ?? `job_${job.status}` } };
}
