import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

const files: { readonly [name: string]: string } = {
  "index.html": "<!doctype html><title>Z-Image</title>",
  "assets/app-1a2b3c.js": "export {};",
  "assets/app-1a2b3c.js.br": "as Brotli",
  "assets/app-1a2b3c.js.gz": "as gzip",
  "theme.js": "document.documentElement.lang = 'zh';",
  ".built-from": "abc",
};
const built = async (name: string) => (Object.hasOwn(files, name) ? Buffer.from(files[name]!) : undefined);
const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi({ readPageFile: built });
});
afterEach(() => api.close());

const get = (path: string, headers: { [name: string]: string } = {}) => api.app.request(path, { headers });

describe("the page", () => {
  it.each([
    "/",
    "/create",
    "/gallery",
    "/gallery/2026-11",
    "/images/job_1/0",
    "/prompts",
    "/runs/new",
    "/account/keys",
    "/operate",
  ])("is what a browser gets at %s, new each time, under a strict policy", async (path) => {
    const response = await get(path, browser);
    expect([response.status, await response.text()]).toEqual([200, files["index.html"]]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      vary: "Accept, Accept-Encoding",
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
        "font-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    });
  });

  it("is not in the way of programs", async () => {
    expect((await get("/")).headers.get("location")).toBe("docs");
    expect((await get("/", { accept: "*/*" })).status).toBe(302);
    for (const path of ["/gallery", "/runs/run_1", "/operate"]) {
      const response = await get(path, { accept: "application/json" });
      expect([response.status, await response.json()]).toMatchObject([404, { code: "route_not_found" }]);
    }
    const unknown = await get("/nowhere", browser);
    expect([unknown.status, unknown.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
    expect((await get("/v1/runs", browser)).status, "the API's own").toBe(401);
  });

  it("names the store, where its links lead to another host", async () => {
    const store = "https://images.s3.eu-central-1.amazonaws.com";
    const objects = withMethods(api.objects, { presign: async (key) => `${store}/${key}?X-Amz-Signature=0` });
    const cloud = await openApi({ readPageFile: built, objects });
    const policy = (await cloud.app.request("/", { headers: browser })).headers.get("content-security-policy");
    expect(policy).toContain(`img-src 'self' blob: ${store}; connect-src 'self' ${store};`);
    await cloud.close();
  });

  it("says what to do where it was not built", async () => {
    const bare = await openApi({ readPageFile: async () => undefined });
    const read = async (language: string) => {
      const response = await bare.app.request("/", { headers: { ...browser, "accept-language": language } });
      return { status: response.status, text: await response.text() };
    };
    expect(await read("en")).toEqual({ status: 503, text: expect.stringContaining("Run npm run build:page") });
    expect((await read("zh-CN")).text).toContain("页面尚未构建");
    expect((await bare.app.request("/")).status).toBe(302);
    await bare.close();
  });
});

describe("its files", () => {
  it.each([
    ["br, gzip", "br", "as Brotli"],
    ["gzip, deflate", "gzip", "as gzip"],
    ["gzip, br;q=0", "gzip", "as gzip"],
    ["identity", null, "export {};"],
    ["", null, "export {};"],
  ])("come to a client that takes %j as %s", async (accepted, encoding, text) => {
    const response = await get("/assets/app-1a2b3c.js", { "accept-encoding": accepted });
    expect([response.status, response.headers.get("content-encoding"), await response.text()]).toEqual([
      200,
      encoding,
      text,
    ]);
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("vary")).toBe("Accept-Encoding");
  });

  it("are kept for ever where their name changes with their content, and asked for again where not", async () => {
    const caching = async (path: string) => (await get(path)).headers.get("cache-control");
    expect(await caching("/assets/app-1a2b3c.js")).toBe("public, max-age=31536000, immutable");
    expect(await caching("/theme.js")).toBe("no-cache");
  });

  it.each([
    "/assets/other.js",
    "/assets/app-1a2b3c.js.br",
    "/assets/..%2f.built-from",
    "/assets/..%2findex.html",
    "/assets/%2e%2e%2ftheme.js",
    "/.built-from",
    "/package.json",
    "/other.js",
  ])("are no more than what was built: %s", async (path) => {
    expect((await get(path)).status).toBe(404);
  });
});
