import { ApiError } from "./api-error.ts";

/** The error that ends a response that cannot be held any longer. */
export function stillRunning(jobId: string): ApiError {
  const message =
    `the job ${jobId} is still running, and this response cannot be held any longer; nothing is lost: read ` +
    `GET /v1/jobs/${jobId}, or send the same request with the same Idempotency-Key to go on waiting`;
  return new ApiError(504, "still_running", message, { retryable: true });
}

/** The error for a request that would wait, while no worker will start its job soon. */
export function notHeld(jobId: string): ApiError {
  const message =
    `the job ${jobId} is queued behind others, and no worker is up yet; nothing is lost: read GET /v1/jobs/${jobId}, ` +
    "or send the same request with the same Idempotency-Key after the seconds in Retry-After";
  return new ApiError(503, "still_running", message, { retryable: true, headers: { "retry-after": "30" } });
}
