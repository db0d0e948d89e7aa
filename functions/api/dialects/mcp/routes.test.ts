import { afterAll, beforeAll, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

/** Requests that the official client never sends. */

let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const accept = "application/json, text/event-stream";
const ping = { jsonrpc: "2.0", id: 1, method: "ping" };

it.each([
  ["a batch", [ping], 400, -32600],
  ["no JSON", "{", 400, -32700],
  ["another JSON-RPC", { ...ping, jsonrpc: "1.0" }, 400, -32600],
  ["an id that is none", { ...ping, id: null }, 400, -32600],
])("refuses %s", async (_, body, status, code) => {
  const response = await api.request("POST", "/mcp", body, { accept });
  expect([response.status, await response.json()]).toMatchObject([
    status,
    { jsonrpc: "2.0", id: null, error: { code } },
  ]);
});

it.each([
  ["another version of the protocol", { "mcp-protocol-version": "2024-11-05" }, 400, "unsupported_protocol_version"],
  ["a page of another site", { origin: "https://evil.example" }, 403, "origin_not_allowed"],
  ["another media type", { "content-type": "text/plain" }, 415, "unsupported_media_type"],
  ["a wrong key", { authorization: "Bearer zk_wrong" }, 401, "unauthorized"],
])("refuses %s", async (_, headers, status, code) => {
  const response = await api.request("POST", "/mcp", ping, { accept, ...headers });
  expect([response.status, await response.json()]).toMatchObject([status, { error: { data: { code } } }]);
});

it("knows no sessions", async () => {
  for (const method of ["GET", "DELETE"]) {
    const response = await api.request(method, "/mcp");
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  }
});

it("answers a request by its id, and a notification not at all", async () => {
  const answered = await api.request("POST", "/mcp", { ...ping, id: "a" }, { accept, origin: "http://localhost" });
  expect(await answered.json()).toEqual({ jsonrpc: "2.0", id: "a", result: {} });
  const told = { jsonrpc: "2.0", method: "notifications/initialized" };
  const silent = await api.request("POST", "/mcp", told, { accept });
  expect([silent.status, await silent.text()]).toEqual([202, ""]);
  const unknown = await api.request("POST", "/mcp", { ...ping, method: "resources/list" }, { accept });
  expect(await unknown.json()).toMatchObject({ id: 1, error: { code: -32601 } });
});

it("answers a tool call in JSON where no event stream is wanted", async () => {
  const call = { ...ping, method: "tools/call", params: { name: "job_status", arguments: { job_id: "job_1" } } };
  const response = await api.request("POST", "/mcp", call, { accept: "application/json" });
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.json()).toMatchObject({ id: 1, result: { isError: true } });
});
