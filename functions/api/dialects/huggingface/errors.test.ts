import { expect, it } from "vitest";
import { LimitError, NotFoundError } from "../../../../shared/errors.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { ApiError } from "../../problems/api-error.ts";
import type { ErrorContext } from "../../problems/problem.ts";
import { huggingfaceErrorResponse, jobFailure } from "./errors.ts";

const responseOf = (cause: unknown) => huggingfaceErrorResponse(cause, { requestId: "req_1" } as ErrorContext);

it("never answers 503, which that client repeats at once and without end", () => {
  expect(responseOf(new ApiError(503, "unavailable", "later")).status).toBe(500);
});

it("tells the error as text, and when to come again", async () => {
  const response = responseOf(new LimitError("queue_full", "the queue is full", 7));
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"]);
  expect(await response.json()).toEqual({ error: "the queue is full", code: "queue_full", request_id: "req_1" });
});

it("keeps the reason of a bug to itself", async () => {
  const response = responseOf(new TypeError("secret is undefined"));
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("secret");
});

it("answers 404 for a model that is not served", () => {
  expect(responseOf(new NotFoundError("model_not_found", "no such model")).status).toBe(404);
  expect(responseOf(new ApiError(400, "model_not_found", "no such model")).status).toBe(404);
});

it("tells a canceled job from a failed one", () => {
  const error = { code: "engine_failed", message: "out of memory", retryable: true };
  expect(jobFailure(sampleJob("1", 0, { status: "canceled", error }))).toMatchObject({
    status: 409,
    code: "job_canceled",
  });
  expect(jobFailure(sampleJob("1", 0, { status: "failed", error }))).toMatchObject({
    status: 500,
    code: "engine_failed",
  });
});
