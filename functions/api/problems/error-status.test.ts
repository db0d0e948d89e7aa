import { expect, it } from "vitest";
import {
  ConflictError,
  InvalidInputError,
  LimitError,
  NotFoundError,
  PipelineError,
  SpendError,
} from "../../../shared/errors.ts";
import { ApiError } from "./api-error.ts";
import { errorHeaders, errorStatus, publicError } from "./error-status.ts";

it.each([
  [new InvalidInputError("invalid_value", "m"), 400],
  [new InvalidInputError("idempotency_key_reused", "m"), 422],
  [new InvalidInputError("max_cost_exceeded", "m"), 412],
  [new SpendError("spend_limit", "m"), 402],
  [new NotFoundError("job_not_found", "m"), 404],
  [new ConflictError("key_not_live", "m"), 409],
  [new LimitError("queue_full", "m", 7), 429],
  [new ApiError(410, "link_expired", "m"), 410],
  [new PipelineError("engine_failed", "m"), 500],
  [new TypeError("a bug"), 500],
])("%s is %d", (error, status) => {
  expect(errorStatus(error)).toBe(status);
});

it("says when to try again, and reveals nothing of a bug", () => {
  expect(errorHeaders(new LimitError("queue_full", "m", 7))).toEqual({ "retry-after": "7" });
  expect(errorHeaders(new TypeError("a bug"))).toEqual({});
  const shown = publicError(new TypeError("secret path /srv"));
  expect([shown.code, shown.retryable, shown.message.includes("secret")]).toEqual(["internal_error", true, false]);
});
