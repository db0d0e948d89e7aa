import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock as clock } from "../ports/clock.ts";
import type { Log } from "../process/log.ts";
import { openTracing, readTracingSettings } from "./open-tracing.ts";
import { newSpanId, type Span } from "./span.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

const span: Span = {
  name: "draw",
  kind: "consumer",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: newSpanId(),
  startMs: 1_700_000_000_000,
  endMs: 1_700_000_001_500,
  attributes: {},
};

/** The one request that a span leads to. */
async function requestTo(url: string): Promise<Request> {
  const sent: Request[] = [];
  vi.stubGlobal("fetch", async (...request: ConstructorParameters<typeof Request>) => {
    sent.push(new Request(...request));
    return new Response("{}");
  });
  const settings = { url, headers: { "x-tenant": "shop" }, ratio: 1 };
  const spans = openTracing(settings, { part: "worker", clock, log: () => {} });
  spans.record(span);
  await spans.flush();
  expect(sent).toHaveLength(1);
  return sent[0]!;
}

describe("settings of traces", () => {
  it("are none without an endpoint", () => {
    expect(readTracingSettings({})).toBeUndefined();
  });

  it("have a token's spaces decoded, and all traces where no share is named", () => {
    const env = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://collector.example/v1/traces",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "Authorization=Basic%20YTpi=, X-Tenant=shop",
    };
    expect(readTracingSettings(env)).toEqual({
      url: "https://collector.example/v1/traces",
      headers: { authorization: "Basic YTpi=", "x-tenant": "shop" },
      ratio: 1,
    });
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "collector" }, /OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be an address/],
    [{ OTEL_EXPORTER_OTLP_TRACES_HEADERS: "api-key" }, /HEADERS must be NAME=VALUE,…, got "part 1"/],
    [{ OTEL_EXPORTER_OTLP_TRACES_HEADERS: "a=b,secret token" }, /^(?!.*secret).*got "part 2"$/],
    [{ OTEL_TRACES_SAMPLER_ARG: "10" }, /OTEL_TRACES_SAMPLER_ARG must be from 0 to 1, got "10"/],
  ])("are refused when %j, without repeating a token", (env, message) => {
    const complete = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:4318/v1/traces", ...env };
    expect(() => readTracingSettings(complete)).toThrow(message);
  });
});

describe("what is sent", () => {
  it("is signed for the region of X-Ray's endpoint, and names the part", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    const request = await requestTo("https://xray.eu-central-1.amazonaws.com/v1/traces");
    expect(request.headers.get("authorization")).toMatch(/AKIDEXAMPLE\/\d{8}\/eu-central-1\/xray\//);
    expect(request.headers.get("x-tenant")).toBe("shop");
    expect(await request.text()).toContain("z-image-worker");
  });

  it("has a token from Secrets Manager, read once in ten minutes, and no part of it is said where it is none", async () => {
    vi.stubEnv("AWS_REGION", "eu-central-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    const asked: string[] = [];
    let text = "api-key=t%20ken";
    const secrets = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      asked.push(JSON.parse(body).SecretId);
      response.end(JSON.stringify({ SecretString: text }));
    });
    await new Promise<void>((resolve) => secrets.listen(0, "127.0.0.1", resolve));
    vi.stubEnv("AWS_ENDPOINT_URL_SECRETS_MANAGER", `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`);
    const sent: Request[] = [];
    vi.stubGlobal("fetch", async (...request: ConstructorParameters<typeof Request>) => {
      sent.push(new Request(...request));
      return new Response("{}");
    });
    let now = 0;
    const log = vi.fn<Log>();
    const env = {
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://collector.example/v1/traces",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "x-tenant=shop",
      TRACES_HEADERS_SECRET: "z-image/collector",
    };
    const spans = openTracing(readTracingSettings(env)!, { part: "api", clock: { ...clock, now: () => now }, log });
    const send = async () => {
      spans.record(span);
      await spans.flush();
    };
    try {
      await send();
      await send();
      expect(asked).toEqual(["z-image/collector"]);
      expect(sent.map(({ headers }) => [headers.get("api-key"), headers.get("x-tenant")])).toEqual(
        Array(2).fill(["t ken", "shop"]),
      );
      now = 600_000;
      text = "t ken";
      await send();
      expect([asked.length, sent.length]).toEqual([2, 2]);
      expect(JSON.stringify(log.mock.calls)).toMatch(/the secret z-image\/collector must be NAME=VALUE(?!.*t ken)/);
    } finally {
      secrets.closeAllConnections();
      secrets.close();
    }
  });

  it("is not signed for a host that only looks like it", async () => {
    const request = await requestTo("https://xray.eu-central-1.amazonaws.com.example/v1/traces");
    expect([request.headers.get("authorization"), request.headers.get("x-tenant")]).toEqual([null, "shop"]);
  });
});
