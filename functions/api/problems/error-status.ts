import {
  ConflictError,
  InvalidInputError,
  LimitError,
  NotFoundError,
  PipelineError,
  SpendError,
} from "../../../shared/errors.ts";
import { isDiskFull } from "../../../shared/process/disk-full.ts";
import { type FieldError, InvalidRequestError } from "../../../shared/request/field-errors.ts";
import { ApiError } from "./api-error.ts";

/** Codes whose status does not follow from the class of the error. */
const statusOfCode: { readonly [code: string]: number } = {
  // Not 409: the openai client retries after a 409.
  idempotency_key_reused: 422,
  content_policy: 422,
  max_cost_exceeded: 412,
  // Not 409, for the same reason.
  too_many_files: 422,
  account_storage_full: 422,
  // The service's own limit, which the caller did nothing to reach.
  service_busy: 503,
  // The deployer's own service gives no verdict.
  moderation_unavailable: 503,
};

/** HTTP status of an error, native API. Anything but a `PipelineError` is a bug: 500. */
export function errorStatus(error: unknown): number {
  if (error instanceof ApiError) return error.status;
  if (isDiskFull(error)) return 507;
  if (!(error instanceof PipelineError)) return 500;
  if (Object.hasOwn(statusOfCode, error.code)) return statusOfCode[error.code]!;
  if (error instanceof InvalidInputError) return 400;
  if (error instanceof NotFoundError) return 404;
  if (error instanceof ConflictError) return 409;
  if (error instanceof SpendError) return 402;
  if (error instanceof LimitError) return 429;
  return 500;
}

/** Response headers of an error, such as `Retry-After`. */
export function errorHeaders(error: unknown): { readonly [name: string]: string } {
  if (error instanceof ApiError) return error.headers;
  return error instanceof LimitError ? { "retry-after": String(error.retryAfterS) } : {};
}

/** What a client may see: a `PipelineError` as it is, a bug as one sentence. */
export function publicError(error: unknown): PipelineError {
  if (isDiskFull(error)) {
    const message =
      "the disk of this service is full: nothing was recorded and nothing is charged; try again once its " +
      "operator has freed space";
    return new PipelineError("storage_full", message, { retryable: true });
  }
  if (error instanceof PipelineError) return error;
  return new PipelineError(
    "internal_error",
    "an internal error occurred; try again, and report the request id if it persists",
    {
      retryable: true,
    },
  );
}

/** Each field that is wrong; none for an error that is about no field. */
export function wrongFields(error: PipelineError): readonly FieldError[] {
  if (error instanceof InvalidRequestError) return error.errors;
  const { code, message, param } = error;
  return param === undefined ? [] : [{ param, code, message }];
}

/** All that is wrong in one text, for a response that has no list of it. */
export function wholeMessage(error: PipelineError): string {
  return error instanceof InvalidRequestError ? error.errors.map(({ message }) => message).join("; ") : error.message;
}
