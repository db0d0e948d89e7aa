import { ApiError } from "./api-error.ts";

/** What a response ends with that may not be held any longer, in the form of the API that the client speaks. */
export function stillRunning(jobId: string): ApiError {
  const message =
    `the job ${jobId} is still running, and this response cannot be held any longer; nothing is lost: read ` +
    `GET /v1/jobs/${jobId}, or send the same request with the same Idempotency-Key to go on waiting`;
  return new ApiError(504, "still_running", message, { retryable: true });
}

/** In place of holding a response for a job that no worker will begin for long. */
export function notHeld(jobId: string): ApiError {
  const message =
    `the job ${jobId} is queued behind others, and no worker is up yet; nothing is lost: read GET /v1/jobs/${jobId}, ` +
    "or send the same request with the same Idempotency-Key after the seconds in Retry-After";
  return new ApiError(503, "still_running", message, { retryable: true, headers: { "retry-after": "30" } });
}
