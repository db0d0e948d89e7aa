import { environment } from "../environment.ts";
import { InvalidInputError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../process/log.ts";
import { type OtlpSpans, openOtlpSpans } from "./otlp-spans.ts";
import { parseSpanHeaders, type SpanHeaders } from "./span-headers.ts";

export interface TracingSettings {
  readonly url: string;
  readonly headers: SpanHeaders;
  /** Name of the secret that holds more of them, as text of the same form. */
  readonly headersSecret?: string;
  /** Share of the requests without a caller's trace whose trace is recorded, 0 to 1. */
  readonly ratio: number;
}

/**
 * Reads OpenTelemetry's own variables; `undefined` where no endpoint is set: then no span is made.
 * @throws InvalidInputError `invalid_config` naming the variable
 */
export function readTracingSettings(env: Readonly<Record<string, string | undefined>>): TracingSettings | undefined {
  const url = env[environment.tracesEndpoint];
  if (!url) return undefined;
  const invalid = (variable: string, expected: string, got: unknown) =>
    new InvalidInputError("invalid_config", `${variable} must be ${expected}, got ${JSON.stringify(got)}`);
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw invalid(environment.tracesEndpoint, "an address like https://collector.example.com/v1/traces", url);
  }
  const headers = parseSpanHeaders(env[environment.tracesHeaders] ?? "", environment.tracesHeaders);
  const ratio = Number(env[environment.tracesRatio] ?? "1");
  if (!(ratio >= 0 && ratio <= 1)) throw invalid(environment.tracesRatio, "from 0 to 1", env[environment.tracesRatio]);
  const headersSecret = env[environment.tracesHeadersSecret];
  return { url, headers, ratio, headersSecret };
}

export interface TracingOptions {
  /** The part of the pipeline: `api`, `worker`, `webhooks`. */
  readonly part: string;
  readonly clock: Clock;
  readonly log: Log;
}

const xray = /^xray\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** The exporter that the variables ask for. X-Ray's endpoint takes no token: requests to it are signed. */
export function openTracing(settings: TracingSettings, { part, clock, log }: TracingOptions): OtlpSpans {
  const { url, headers, headersSecret } = settings;
  const region = xray.exec(new URL(url).hostname)?.[1];
  const secret =
    headersSecret === undefined ? undefined : keepFor(secretLifeMs, clock, () => readSecret(headersSecret));
  return openOtlpSpans({
    url,
    service: `z-image-${part}`,
    headers: async (body) => {
      if (region === undefined) return { ...headers, ...(await secret?.()) };
      const { signXrayRequest } = await import("./sign-xray-request.ts");
      return { ...headers, ...(await signXrayRequest(url, body, region)) };
    },
    clock,
    log,
  });
}

/** A token that was changed is in use after this. */
const secretLifeMs = 600_000;

/** Loaded by the first request alone: most deployments have no such secret. */
async function readSecret(name: string): Promise<SpanHeaders> {
  const { readSecretText } = await import("../aws/read-secret-text.ts");
  return parseSpanHeaders(await readSecretText(name), `the secret ${name}`);
}

/** What was read, until it is too old; a failure is not kept. */
function keepFor<T>(ms: number, clock: Clock, read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly value: T; readonly at: number } | undefined;
  return async () => {
    if (kept === undefined || clock.now() - kept.at >= ms) kept = { value: await read(), at: clock.now() };
    return kept.value;
  };
}
