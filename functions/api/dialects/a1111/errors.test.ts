import { expect, it } from "vitest";
import { LimitError, NotFoundError } from "../../../../shared/errors.ts";
import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import { sampleJob } from "../../../../test/support/api/sample-job.ts";
import { a1111ErrorResponse, jobFailure } from "./errors.ts";

async function respond(cause: unknown) {
  const context = { requestId: "req_1", path: "/sdapi/v1/txt2img", acceptLanguage: undefined };
  const response = a1111ErrorResponse(cause, context);
  return { status: response.status, headers: response.headers, body: await response.json() };
}

it("lists each wrong field with status 422, as FastAPI does", async () => {
  const cause = new InvalidRequestError([
    { param: "steps", code: "invalid_value", message: "too many" },
    { param: "init_images.0", code: "invalid_image", message: "no image" },
  ]);
  const { status, body } = await respond(cause);
  expect(status).toBe(422);
  expect(body).toEqual({
    error: "RequestValidationError",
    detail: [
      { loc: ["body", "steps"], msg: "too many", type: "invalid_value" },
      { loc: ["body", "init_images", "0"], msg: "no image", type: "invalid_image" },
    ],
    body: "",
    errors: "too many; no image",
    code: "invalid_value",
    request_id: "req_1",
  });
});

it("gives an error about no field as one sentence, with its own status", async () => {
  expect(await respond(new NotFoundError("job_not_found", "there is no such job"))).toMatchObject({
    status: 404,
    body: { error: "HTTPException", detail: "there is no such job", errors: "there is no such job" },
  });
});

it("gives 404 for an unknown model, though a field names it", async () => {
  const cause = new InvalidRequestError([{ param: "model", code: "model_not_found", message: "unknown model" }]);
  expect(await respond(cause)).toMatchObject({
    status: 404,
    body: { error: "HTTPException", detail: "unknown model" },
  });
});

it("tells a client over its limit when to come back", async () => {
  const { status, headers } = await respond(new LimitError("rate_limit_exceeded", "too many requests", 7));
  expect(status).toBe(429);
  expect(headers.get("retry-after")).toBe("7");
});

it("shows nothing of a bug", async () => {
  const { status, body } = await respond(new TypeError("secret of the inside"));
  expect(status).toBe(500);
  expect(body).toMatchObject({ code: "internal_error", request_id: "req_1" });
  expect(JSON.stringify(body)).not.toContain("secret");
});

it("says why an ended job has no images", () => {
  const failed = sampleJob("1", 0, { status: "failed", error: { code: "out_of_memory", message: "too large" } });
  expect(jobFailure(failed)).toMatchObject({ status: 500, code: "out_of_memory" });
  expect(jobFailure(sampleJob("1", 0, { status: "failed" }))).toMatchObject({ status: 500, code: "internal_error" });
  expect(jobFailure(sampleJob("1", 0, { status: "expired" }))).toMatchObject({ status: 504, code: "job_expired" });
});
