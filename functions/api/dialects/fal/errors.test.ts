import { describe, expect, it } from "vitest";
import { InvalidInputError, LimitError, NotFoundError } from "../../../../shared/errors.ts";
import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import type { ErrorContext } from "../../problems/problem.ts";
import { falErrorResponse, jobFailure } from "./errors.ts";

async function answered(cause: unknown) {
  const response = falErrorResponse(cause, { requestId: "req_1" } as ErrorContext);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

describe("an error", () => {
  it("of fields is a 422 that names each of them by its path, in text", async () => {
    const wrong = new InvalidRequestError([
      { param: "loras.0.scale", code: "invalid_value", message: "too large" },
      { param: "body", code: "invalid_json", message: "no JSON" },
    ]);
    const { status, body } = await answered(wrong);
    expect([status, body]).toMatchObject([
      422,
      {
        detail: [
          { loc: ["body", "loras", "0", "scale"], msg: "too large", type: "invalid_value" },
          { loc: ["body"], msg: "no JSON", type: "invalid_json" },
        ],
      },
    ]);
  });

  it.each([
    [new InvalidInputError("invalid_image", "no image"), 422],
    [new InvalidInputError("model_not_found", "no such model"), 404],
    [new NotFoundError("job_not_found", "no such job"), 404],
    [new TypeError("secret"), 500],
  ])("of another kind: %s is %i", async (cause, status) => {
    const answer = await answered(cause);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain("secret");
  });

  it("tells when to come again, and the request's id", async () => {
    const { status, headers, body } = await answered(new LimitError("queue_full", "full", 7));
    expect([status, headers.get("retry-after"), headers.get("x-fal-request-id")]).toEqual([429, "7", "req_1"]);
    expect(body).toEqual({ detail: "full", message: "full", code: "queue_full" });
  });
});

it("a request that waited too long is a 504 that its client knows for its own doing", () => {
  const failure = jobFailure(sampleJob("1", 0, { status: "expired" }));
  expect(failure).toMatchObject({ status: 504, headers: { "x-fal-request-timeout-type": "user" } });
  expect(jobFailure(sampleJob("1", 0, { status: "canceled" }))).toMatchObject({ status: 422, code: "job_canceled" });
});
