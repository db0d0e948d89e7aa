import { afterEach, describe, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
afterEach(() => api.close());

const preflight = (path: string, origin: string) =>
  api.app.request(path, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type,idempotency-key",
    },
  });

describe("CORS_ORIGINS", () => {
  it.each(["/v1/jobs", "/v1/images/generations", "/mcp"])("lets pages of a named origin call %s", async (path) => {
    api = await openApi({ corsOrigins: ["https://shop.example"] });
    const allowed = await preflight(path, "https://shop.example");
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://shop.example");
    expect(allowed.headers.get("access-control-allow-headers")).toContain("idempotency-key");
    expect((await preflight(path, "https://other.example")).headers.get("access-control-allow-origin")).toBeNull();
    const answer = await api.app.request("/v1/models", {
      headers: { origin: "https://shop.example", authorization: `Bearer ${api.key}` },
    });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, "https://shop.example"]);
  });

  it("lets such a page open an MCP session, and no other page", async () => {
    api = await openApi({ corsOrigins: ["https://shop.example"] });
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "page", version: "1" } };
    const initialize = (origin: string) =>
      api.request("POST", "/mcp", { jsonrpc: "2.0", id: 1, method: "initialize", params }, { origin });
    const opened = await initialize("https://shop.example");
    expect([opened.status, opened.headers.get("access-control-expose-headers")]).toEqual([
      200,
      expect.stringContaining("Mcp-Session-Id"),
    ]);
    expect((await initialize("https://other.example")).status).toBe(403);
  });

  it("is none by default", async () => {
    api = await openApi();
    expect((await preflight("/v1/jobs", "https://shop.example")).headers.get("access-control-allow-origin")).toBeNull();
  });

  it("tells the page of another origin what is wrong as well", async () => {
    api = await openApi({ corsOrigins: ["*"] });
    const refused = await api.app.request("/v1/jobs", { method: "POST", headers: { origin: "https://shop.example" } });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([401, "*"]);
  });
});

it.each([
  ["/", 204, "GET, HEAD"],
  ["/v1/jobs", 204, "GET, HEAD, POST"],
  ["/v1/nothing", 404, null],
])("OPTIONS %s, as HAProxy checks health, is %d with its methods", async (path, status, allow) => {
  api = await openApi();
  const response = await api.app.request(path, { method: "OPTIONS" });
  expect([response.status, response.headers.get("allow")]).toEqual([status, allow]);
});

describe("paths", () => {
  it.each(["/v1//models", "//v1/models", "/v1/models/", "/v1/models//"])("%s is /v1/models", async (path) => {
    api = await openApi();
    const response = await api.app.request(`http://localhost${path}`, {
      headers: { authorization: `Bearer ${api.key}` },
    });
    expect(response.status).toBe(200);
  });

  it("/docs/ leads to /docs, whose links are relative", async () => {
    api = await openApi();
    const response = await api.app.request("/docs/");
    expect([response.status, response.headers.get("location")]).toEqual([302, "../docs"]);
  });
});
