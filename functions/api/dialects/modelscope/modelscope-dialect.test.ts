import { expect, it } from "vitest";
import { NotFoundError } from "../../../../shared/errors.ts";
import { ApiError } from "../../problems/api-error.ts";
import { modelscopeDialect } from "./modelscope-dialect.ts";

const refuse = async (error: unknown) => {
  const response = modelscopeDialect.errorResponse(error, { requestId: "req_1" } as never);
  return { status: response.status, body: await response.json(), retryAfter: response.headers.get("retry-after") };
};

it("responds 404 to an unknown model, with the code, the message and the request", async () => {
  expect(await refuse(new ApiError(400, "model_not_found", "there is no model x"))).toMatchObject({
    status: 404,
    body: { errors: { message: "there is no model x", code: "model_not_found" }, request_id: "req_1" },
  });
});

it("keeps the status of other errors, and when to try again", async () => {
  expect(await refuse(new NotFoundError("job_not_found", "there is no job x"))).toMatchObject({ status: 404 });
  const busy = new ApiError(429, "rate_limited", "too many", { headers: { "retry-after": "3" } });
  expect(await refuse(busy)).toMatchObject({ status: 429, retryAfter: "3" });
});
