import { expect, it } from "vitest";
import { InvalidInputError } from "../../../../shared/errors.ts";
import { ApiError } from "../../problems/api-error.ts";
import { mcpErrorResponse } from "./errors.ts";

const context = { requestId: "req_1", path: "/mcp", acceptLanguage: undefined };

it.each([
  [new InvalidInputError("invalid_json", "not JSON"), 400, -32700, { code: "invalid_json" }],
  [new ApiError(413, "payload_too_large", "too large", { param: "body" }), 413, -32600, { param: "body" }],
])("answers %s with its status and an error that belongs to no request", async (error, status, code, data) => {
  const response = mcpErrorResponse(error, context);
  const expected = {
    jsonrpc: "2.0",
    id: null,
    error: { code, message: error.message, data: { request_id: "req_1", ...data } },
  };
  expect([response.status, await response.json()]).toMatchObject([status, expected]);
});

it("keeps what broke inside to itself", async () => {
  const response = mcpErrorResponse(new Error("password=1"), context);
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain("password");
});
