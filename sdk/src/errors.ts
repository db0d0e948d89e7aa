import type { Job, Problem } from "./api.ts";

/**
 * Base class of this package's errors. A call ended by the caller's own AbortSignal throws that signal's reason
 * instead.
 */
export class ZImageError extends Error {
  override name = "ZImageError";
}

/** The API responded with an error. */
export class ApiError extends ZImageError {
  override name = "ApiError";
  /** HTTP status. */
  readonly status: number;
  /** RFC 9457 problem document; made up from the status when a proxy between us and the API has responded. */
  readonly problem: Problem;
  /** Wait requested by `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(problem: Problem, { status, retryAfterMs }: { status: number; retryAfterMs?: number | undefined }) {
    super(problem.detail);
    this.status = status;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }

  /** Stable, made for programs, for example `invalid_size`. */
  get code(): string {
    return this.problem.code;
  }

  /** The request field that is wrong, dotted. */
  get field(): string | undefined {
    return this.problem.param;
  }

  /** Every field that is wrong. */
  get errors(): Problem["errors"] {
    return this.problem.errors;
  }

  /** To be named when you report the error. */
  get requestId(): string {
    return this.problem.request_id;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.problem.retryable;
  }
}

/** No response came: the connection was refused, or broke off. `cause` says how. */
export class ConnectionError extends ZImageError {
  override name = "ConnectionError";
}

/** A request took longer than allowed. */
export class TimeoutError extends ZImageError {
  override name = "TimeoutError";
}

/** The job ended without images: failed, canceled or expired. */
export class JobError extends ZImageError {
  override name = "JobError";
  readonly job: Job;

  constructor(job: Job) {
    super(job.error === null ? `job ${job.id} is ${job.status}` : `job ${job.id} failed: ${job.error.message}`);
    this.job = job;
  }

  /** The error's code for a failed job, else its status. */
  get code(): string {
    return this.job.error?.code ?? this.job.status;
  }
}

/** An image arrived other than the API described it. */
export class DownloadError extends ZImageError {
  override name = "DownloadError";
}

/** A message that must not be believed. */
export class WebhookVerificationError extends ZImageError {
  override name = "WebhookVerificationError";
}
