import { environment } from "../environment.ts";
import { InvalidInputError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../process/log.ts";
import { type OtlpSpans, openOtlpSpans } from "./otlp-spans.ts";

export interface TracingSettings {
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
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
  const headers = (env[environment.tracesHeaders] ?? "").split(",").filter(Boolean);
  for (const [index, header] of headers.entries()) {
    // Its value may be a token: it is not repeated.
    if (!/^[\w-]+=\S+$/.test(header.trim()))
      throw invalid(environment.tracesHeaders, "NAME=VALUE,…", `part ${index + 1}`);
  }
  const ratio = Number(env[environment.tracesRatio] ?? "1");
  if (!(ratio >= 0 && ratio <= 1)) throw invalid(environment.tracesRatio, "from 0 to 1", env[environment.tracesRatio]);
  const pairs = headers.map((header) => {
    const at = header.indexOf("=");
    return [header.slice(0, at).trim().toLowerCase(), decodeURIComponent(header.slice(at + 1).trim())];
  });
  return { url, headers: Object.fromEntries(pairs), ratio };
}

export interface TracingOptions {
  /** The part of the pipeline: `api`, `worker`, `webhooks`. */
  readonly part: string;
  readonly clock: Clock;
  readonly log: Log;
}

const xray = /^xray\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** The exporter that the variables ask for. X-Ray's endpoint takes no token: requests to it are signed. */
export function openTracing({ url, headers }: TracingSettings, { part, clock, log }: TracingOptions): OtlpSpans {
  const region = xray.exec(new URL(url).hostname)?.[1];
  return openOtlpSpans({
    url,
    service: `z-image-${part}`,
    headers: async (body) => {
      if (region === undefined) return headers;
      const { signXrayRequest } = await import("./sign-xray-request.ts");
      return { ...headers, ...(await signXrayRequest(url, body, region)) };
    },
    clock,
    log,
  });
}
