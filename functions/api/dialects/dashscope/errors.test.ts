import { expect, it } from "vitest";
import { ConflictError, InvalidInputError, LimitError, NotFoundError } from "../../../../shared/errors.ts";
import { ApiError } from "../../problems/api-error.ts";
import type { ErrorContext } from "../../problems/problem.ts";
import { dashscopeErrorResponse } from "./errors.ts";

it.each([
  [new ApiError(401, "unauthorized", "no key"), 401, "InvalidApiKey"],
  [new InvalidInputError("model_not_found", "no such model"), 404, "ModelNotFound"],
  [new InvalidInputError("content_policy", "no"), 400, "DataInspectionFailed"],
  [new InvalidInputError("max_cost_exceeded", "too dear"), 412, "InvalidParameter"],
  [new ApiError(415, "unsupported_media_type", "send JSON"), 415, "InvalidParameter"],
  [new LimitError("queue_full", "full", 7), 429, "Throttling"],
  [new NotFoundError("job_not_found", "no such job"), 404, "job_not_found"],
  [new ConflictError("constructor", "odd"), 409, "constructor"],
  [new TypeError("secret"), 500, "InternalError"],
])("answers %s with %i and %s", async (cause, status, code) => {
  const response = dashscopeErrorResponse(cause, { requestId: "req_1" } as ErrorContext);
  const body = (await response.json()) as object;
  expect([response.status, body]).toMatchObject([status, { code, request_id: "req_1" }]);
  expect(JSON.stringify(body)).not.toContain("secret");
  expect(response.headers.get("retry-after")).toBe(status === 429 ? "7" : null);
});
