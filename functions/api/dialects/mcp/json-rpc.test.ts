import { describe, expect, it } from "vitest";
import { errorMessage, parseMessage } from "./json-rpc.ts";

const frame = { jsonrpc: "2.0" };

describe("a message", () => {
  it.each([[1], ["a"], [0], [-7]])("with the id %j is a request", (id) => {
    expect(parseMessage({ ...frame, id, method: "ping" })).toEqual({ ...frame, id, method: "ping" });
  });

  it("that is a notification has no id", () => {
    const notification = { ...frame, method: "notifications/initialized", params: {} };
    expect(parseMessage(notification)).toEqual(notification);
  });

  it.each([
    ["a response", { ...frame, id: 1, result: {} }],
    ["an error", { ...frame, id: 1, error: { code: 1, message: "no" } }],
  ])("that is %s is not answered", (_, body) => {
    expect(parseMessage(body)).toBeUndefined();
  });

  it.each([
    ["null", null],
    ["a batch", [{ ...frame, id: 1, method: "ping" }]],
    ["another version", { jsonrpc: "1.0", id: 1, method: "ping" }],
    ["null for an id, which is no notification", { ...frame, id: null, method: "ping" }],
    ["a fraction for an id", { ...frame, id: 1.5, method: "ping" }],
    ["a list of parameters", { ...frame, id: 1, method: "ping", params: [] }],
    ["an id of 201 characters", { ...frame, id: "x".repeat(201), method: "ping" }],
    ["no method and no id", frame],
  ])("that is or has %s is refused", (_, body) => {
    expect(() => parseMessage(body)).toThrow(expect.objectContaining({ status: 400, code: "invalid_request" }));
  });
});

it("tells an error under null where the id could not be read", () => {
  const text = errorMessage(null, { code: -32_700, message: "no JSON" });
  expect(JSON.parse(text)).toEqual({ ...frame, id: null, error: { code: -32_700, message: "no JSON" } });
});
