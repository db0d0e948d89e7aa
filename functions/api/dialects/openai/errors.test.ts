import { describe, expect, it } from "vitest";
import { ConflictError, InvalidInputError, LimitError } from "../../../../shared/errors.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { ApiError } from "../../problems/api-error.ts";
import type { ErrorContext } from "../../problems/problem.ts";
import { jobFailure, openaiErrorResponse } from "./errors.ts";

const responseTo = (cause: unknown) => openaiErrorResponse(cause, { requestId: "req_1" } as ErrorContext);

it.each([
  [new ApiError(401, "unauthorized", "no key"), "invalid_request_error", "invalid_api_key"],
  [new InvalidInputError("unknown_field", "what?", { param: "sise" }), "invalid_request_error", "unknown_parameter"],
  [new TypeError("secret"), "server_error", "internal_error"],
])("tells %s in that API's own words", async (cause, type, code) => {
  const { error } = (await responseTo(cause).json()) as { error: { message: string; param: string | null } };
  expect(error).toMatchObject({ type, code, param: code === "unknown_parameter" ? "sise" : null });
  expect(error.message).not.toContain("secret");
});

describe("the client", () => {
  it.each([
    ["what stays wrong", new InvalidInputError("invalid_value", "wrong"), 400, "false"],
    ["a conflict, which it would repeat by itself", new ConflictError("key_not_live", "revoked"), 409, "false"],
    ["a limit", new LimitError("rate_limited", "slower", 3), 429, null],
    ["a bug", new TypeError("x"), 500, null],
    ["a job that failed", jobFailure(sampleJob("1", 0, { status: "failed" })), 500, "false"],
    ["a job that expired", jobFailure(sampleJob("1", 0, { status: "expired" })), 504, "false"],
    ["a job that was canceled", jobFailure(sampleJob("1", 0, { status: "canceled" })), 422, "false"],
  ])("is told whether to repeat after %s", (_, cause, status, shouldRetry) => {
    const response = responseTo(cause);
    expect([response.status, response.headers.get("x-should-retry")]).toEqual([status, shouldRetry]);
  });
});
