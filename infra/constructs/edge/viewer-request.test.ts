import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { hasValidForm, newKeyValue } from "../../../shared/access/key-value.ts";

const source = readFileSync(join(import.meta.dirname, "viewer-request.js"), "utf8");

type Headers = { [name: string]: { value: string } };
interface Answer {
  readonly statusCode?: number;
  readonly uri?: string;
  readonly headers: Headers;
  readonly body?: string;
}

/**
 * As CloudFront runs it: a fresh context without modules, timers, network, `process`, or code made from text. (Nor can
 * it be given more than it is: the context has the language's own objects alone.)
 */
function run(uri: string, headers: { readonly [name: string]: string } = {}, method = "GET"): Answer {
  const context = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } });
  const event = {
    version: "1.0",
    context: { eventType: "viewer-request" },
    request: {
      method,
      uri,
      querystring: {},
      cookies: {},
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }])),
    },
  };
  const json = runInContext(
    `${source}\nJSON.stringify(handler(JSON.parse(${JSON.stringify(JSON.stringify(event))})))`,
    context,
    {
      // Against a loop without end; other work on the machine counts too.
      timeout: 2_000,
    },
  );
  return JSON.parse(json as string);
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

describe("the edge function", () => {
  it("fits into CloudFront's 10 KB", () => {
    expect(Buffer.byteLength(source)).toBeLessThan(10_240);
    expect(source).not.toMatch(/\b(?:import|require|process|fetch|setTimeout|eval|class|async|await)\b\s*[({.'"]/);
  });

  it("lets real keys pass, whatever the scheme", () => {
    for (let i = 0; i < 200; i++) {
      const key = newKeyValue();
      expect(run("/v1/jobs", bearer(key)), key).toMatchObject({ uri: "/v1/jobs" });
      expect(run("/v1/jobs", { authorization: `key ${key}` }), key).toMatchObject({ uri: "/v1/jobs" });
    }
  });

  it("leaves the key in a Basic header, which some clients of the web UI send, for the API to judge", () => {
    const authorization = `Basic ${Buffer.from(`me:${newKeyValue()}`).toString("base64")}`;
    expect(run("/sdapi/v1/options", { authorization })).toMatchObject({ uri: "/sdapi/v1/options" });
    expect(run("/v1/jobs", { authorization }).statusCode).toBeUndefined();
  });

  it("agrees with the API on every key with a typing error", () => {
    const key = newKeyValue();
    let refused = 0;
    for (let at = 0; at < key.length; at++) {
      const typed = key.slice(0, at) + (key[at] === "A" ? "B" : "A") + key.slice(at + 1);
      const passes = run("/v1/jobs", bearer(typed)).statusCode !== 401;
      expect(passes, typed).toBe(hasValidForm(typed));
      if (!passes) refused++;
    }
    // All but those in the prefix, which make it a key of another form.
    expect(refused).toBe(key.length - "zk_live_".length);
  });

  it("refuses what no key can be, as a problem that names the cure", () => {
    for (const headers of [{}, bearer("short"), bearer("x".repeat(513)), { authorization: "Basic a key" }]) {
      const answer = run("/v1/jobs/job_1", headers);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers["content-type"]?.value).toBe("application/problem+json");
      expect(JSON.parse(answer.body ?? "")).toMatchObject({
        status: 401,
        code: "unauthorized",
        instance: "/v1/jobs/job_1",
      });
    }
  });

  it.each([
    "/",
    "/healthz",
    "/docs",
    "/openapi.json",
    "/v1/files/o/job_1/0-ab.png/content",
  ])("asks no key for %s", (uri) => {
    expect(run(uri)).toMatchObject({ uri });
  });

  it("lets preflights and imported keys pass", () => {
    expect(run("/v1/jobs", {}, "OPTIONS")).toMatchObject({ uri: "/v1/jobs" });
    expect(run("/v1/jobs", bearer("an-own-key-of-mine-1"))).toMatchObject({ uri: "/v1/jobs" });
  });

  it("says itself under which name the client reached us", () => {
    const answer = run("/healthz", { host: "images.example.com", "x-forwarded-host": "evil.example" });
    expect(answer.headers["x-forwarded-host"]?.value).toBe("images.example.com");
  });
});
