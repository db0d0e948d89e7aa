import type { Clock } from "../ports/clock.ts";
import type { Log } from "../process/log.ts";
import type { Span, Spans } from "./span.ts";

/** Spans kept while the receiver is slow; more are dropped and counted. */
const maxKept = 1_000;
const maxPerRequest = 200;
const sendAfterMs = 1_000;
const requestMs = 2_000;
/** How often a failing receiver is logged. */
const warnEveryMs = 60_000;

export interface OtlpOptions {
  /** `…/v1/traces` of a collector, of a vendor, or of X-Ray. */
  readonly url: string;
  readonly service: string;
  /** Headers of one request, by its body: a token, or a signature. */
  readonly headers: (body: string) => Promise<{ readonly [name: string]: string }>;
  readonly clock: Clock;
  readonly log: Log;
  /** @default the global one */
  readonly fetch?: typeof fetch;
}

export interface OtlpSpans extends Spans {
  /** Sends what is kept, and waits for at most two seconds per 200 spans. Never rejects. */
  flush(): Promise<void>;
}

/**
 * Sends spans in batches, as OTLP over HTTP in JSON, one second after the first span of a batch. A receiver that is
 * slow or down costs spans and one log entry a minute, never a request.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function openOtlpSpans({ url, service, headers, clock, log, fetch: send = fetch }: OtlpOptions): OtlpSpans {
  let kept: Span[] = [];
  let dropped = 0;
  let warnedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let sending: Promise<void> = Promise.resolve();

  function warn(fields: { readonly [name: string]: unknown }): void {
    if (clock.now() - warnedAt < warnEveryMs) return;
    warnedAt = clock.now();
    log("warn", "failed to send spans", { ...fields, dropped });
    dropped = 0;
  }

  async function post(spans: readonly Span[]): Promise<void> {
    const body = JSON.stringify(otlpRequest(spans, service));
    try {
      const response = await send(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...(await headers(body)) },
        body,
        signal: AbortSignal.timeout(requestMs),
      });
      await response.body?.cancel();
      if (response.ok) return;
      dropped += spans.length;
      warn({ status: response.status });
    } catch (error) {
      dropped += spans.length;
      warn({ error: String(error) });
    }
  }

  async function sendKept(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    while (kept.length > 0) {
      const batch = kept.slice(0, maxPerRequest);
      kept = kept.slice(maxPerRequest);
      await post(batch);
    }
  }

  const flush = () => {
    sending = sending.then(sendKept);
    return sending;
  };
  return {
    record(span) {
      if (kept.length >= maxKept) dropped += 1;
      else kept.push(span);
      // Does not keep the process alive.
      timer ??= setTimeout(() => void flush(), sendAfterMs).unref();
    },
    flush,
  };
}

/** Numbers of the specification. */
const kinds = { internal: 1, server: 2, client: 3, consumer: 5 } as const;
const statusError = 2;

/** The body of one request, `ExportTraceServiceRequest` in JSON: ids in hex, times in nanoseconds as text. */
export function otlpRequest(spans: readonly Span[], service: string) {
  const nanoseconds = (ms: number) => `${Math.round(ms)}000000`;
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf({ "service.name": service }) },
        scopeSpans: [
          {
            scope: { name: "z-image-pipeline" },
            spans: spans.map(({ name, kind, traceId, spanId, parentSpanId, startMs, endMs, attributes, error }) => ({
              traceId,
              spanId,
              parentSpanId,
              name,
              kind: kinds[kind],
              startTimeUnixNano: nanoseconds(startMs),
              endTimeUnixNano: nanoseconds(Math.max(startMs, endMs)),
              attributes: attributesOf(attributes),
              status: error === undefined ? {} : { code: statusError, message: error },
            })),
          },
        ],
      },
    ],
  };
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string } | { readonly doubleValue: number };
}

function attributesOf(attributes: Span["attributes"]): Attribute[] {
  return Object.entries(attributes).flatMap(([key, value]): Attribute[] => {
    if (value === undefined) return [];
    if (typeof value === "string") return [{ key, value: { stringValue: value } }];
    return [{ key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } }];
  });
}
