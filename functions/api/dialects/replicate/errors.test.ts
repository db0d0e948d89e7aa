import { expect, it } from "vitest";
import { InvalidInputError, LimitError } from "../../../../shared/errors.ts";
import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import { ApiError } from "../../problems/api-error.ts";
import type { ErrorContext } from "../../problems/problem.ts";
import { replicateErrorResponse } from "./errors.ts";

async function answered(cause: unknown) {
  const response = replicateErrorResponse(cause, { requestId: "req_1" } as ErrorContext);
  return [response.headers.get("retry-after"), await response.json()];
}

it("lists what is wrong with the input, a line and a member each", async () => {
  const wrong = new InvalidRequestError([
    { param: "input.width", code: "invalid_size", message: "too wide" },
    { param: "input.seed", code: "invalid_value", message: "too large" },
  ]);
  expect(await answered(wrong)).toMatchObject([
    null,
    {
      status: 422,
      title: "Input validation failed",
      detail: "- too wide\n- too large",
      invalid_fields: [{ field: "input.width", type: "invalid_size" }, { field: "input.seed" }],
    },
  ]);
});

it.each([
  [new InvalidInputError("model_not_found", "no such model"), 404, "Not found"],
  // A 412 keeps its status: it is no fault of a field.
  [new InvalidInputError("max_cost_exceeded", "too dear"), 412, "Error"],
  [new ApiError(418, "teapot", "short and stout"), 418, "Error"],
  [new TypeError("secret"), 500, "Internal server error"],
])("answers %s with %i", async (cause, status, title) => {
  const [, body] = await answered(cause);
  expect(body).toMatchObject({ status, title, request_id: "req_1" });
  expect(JSON.stringify(body)).not.toMatch(/secret|invalid_fields/);
});

it("tells when to come again", async () => {
  expect(await answered(new LimitError("rate_limited", "slower", 3))).toMatchObject(["3", { status: 429 }]);
});
