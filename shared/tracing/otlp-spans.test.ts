import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock as clock } from "../ports/clock.ts";
import { openTracing, readTracingSettings } from "./open-tracing.ts";
import { openOtlpSpans, otlpRequest } from "./otlp-spans.ts";
import type { Span } from "./span.ts";

const span: Span = {
  name: "draw",
  kind: "consumer",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "00f067aa0ba902b7",
  parentSpanId: "b7ad6b7169203331",
  startMs: 1_700_000_000_000,
  endMs: 1_700_000_001_500,
  attributes: { "z_image.attempt": 1, "z_image.inference_ms": 0.5, "z_image.job_id": "job_1", absent: undefined },
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A receiver that keeps what it is sent. */
async function receiver(status = 200) {
  const received: { body: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ body, headers: request.headers });
    response.writeHead(status).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces` };
}

describe("OTLP", () => {
  it("has ids in hex, times in nanoseconds, and attributes by their type", () => {
    const [resource] = otlpRequest([{ ...span, error: "out_of_memory" }], "z-image-worker").resourceSpans;
    expect(resource!.resource.attributes).toEqual([{ key: "service.name", value: { stringValue: "z-image-worker" } }]);
    expect(resource!.scopeSpans[0]!.spans[0]).toEqual({
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId,
      name: "draw",
      // SPAN_KIND_CONSUMER and STATUS_CODE_ERROR of opentelemetry/proto/trace/v1/trace.proto
      kind: 5,
      startTimeUnixNano: "1700000000000000000",
      endTimeUnixNano: "1700000001500000000",
      attributes: [
        { key: "z_image.attempt", value: { intValue: "1" } },
        { key: "z_image.inference_ms", value: { doubleValue: 0.5 } },
        { key: "z_image.job_id", value: { stringValue: "job_1" } },
      ],
      status: { code: 2, message: "out_of_memory" },
    });
  });

  it("reaches a collector with its headers", async () => {
    const { url, received } = await receiver();
    const settings = readTracingSettings({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "api-key=a%20b",
    });
    const spans = openTracing(settings!, { part: "worker", clock, log: () => {} });
    spans.record(span);
    await spans.flush();
    expect(received).toHaveLength(1);
    expect(received[0]!.headers).toMatchObject({ "api-key": "a b", "content-type": "application/json" });
    expect(JSON.parse(received[0]!.body).resourceSpans[0].scopeSpans[0].spans[0].name).toBe("draw");
  });

  it("costs spans and one line in the log where the receiver fails, and keeps a bounded number", async () => {
    const { url, received } = await receiver(503);
    const lines: unknown[] = [];
    const headers = async () => ({});
    const spans = openOtlpSpans({ url, service: "s", headers, clock, log: (...line) => void lines.push(line) });
    for (let index = 0; index < 1_200; index++) spans.record(span);
    await spans.flush();
    expect(received).toHaveLength(5);
    expect(lines).toEqual([["warn", "failed to send spans", { status: 503, dropped: 400 }]]);
  });
});
