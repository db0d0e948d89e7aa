import { expect, it } from "vitest";
import { readError } from "./read-error.ts";

const now = Date.parse("2026-01-31T12:00:00Z");

function read(status: number, body: unknown, headers: { [name: string]: string } = {}) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return readError({ status, headers: new Headers(headers) }, text, now);
}

it("takes a problem document as it is", () => {
  const problem = {
    type: "urn:z-image:problem:invalid_size",
    title: "Bad Request",
    status: 400,
    instance: "/v1/jobs",
    detail: "width must be a multiple of 16",
    code: "invalid_size",
    param: "width",
    request_id: "req_1",
    errors: [{ param: "width", code: "invalid_size", message: "…" }],
    retryable: false,
  };
  const error = read(400, problem);
  expect(error.problem).toEqual(problem);
  expect(error).toMatchObject({ message: problem.detail, code: "invalid_size", field: "width", requestId: "req_1" });
});

it("reads OpenAI's form, which /v1/models and /v1/files answer in", () => {
  const error = read(
    404,
    { error: { message: "no such model", type: "invalid_request_error", param: "model", code: "model_not_found" } },
    { "x-request-id": "req_2" },
  );
  expect(error).toMatchObject({
    message: "no such model",
    code: "model_not_found",
    field: "model",
    requestId: "req_2",
  });
  expect(error.errors).toMatchObject([
    { param: "model", code: "model_not_found", message: "no such model", values: {} },
  ]);
});

it("makes one of a proxy's page", () => {
  const error = read(502, "<html>\n  <h1>Bad Gateway</h1></html>");
  expect(error).toMatchObject({ status: 502, code: "http_502", field: undefined, retryable: true });
  expect(error.message).toBe("the server responded with 502: <html> <h1>Bad Gateway</h1></html>");
  expect(read(404, "").message).toBe("the server responded with 404: nothing");
});

it.each([
  ["3", 3_000],
  ["Sat, 31 Jan 2026 12:00:09 GMT", 9_000],
  ["Sat, 31 Jan 2026 11:00:00 GMT", 0],
  ["soon", undefined],
])("Retry-After: %s", (header, expected) => {
  expect(read(429, "", { "retry-after": header }).retryAfterMs).toBe(expected);
});
