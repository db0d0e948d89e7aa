import { createHash } from "node:crypto";

/**
 * W3C Trace Context, `traceparent` of version 00, as OpenTelemetry reads it: `00-<32 hex>-<16 hex>-<2 hex>`. We record
 * no spans, so we pass on what we were given unchanged, as the recommendation asks of those that only forward: what
 * comes after us hangs below our caller.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
const pattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The header as it may be passed on, or `undefined` for one that says nothing: the trace then begins here. */
export function parseTraceparent(header: string | undefined): string | undefined {
  return header !== undefined && pattern.test(header) ? header : undefined;
}

/**
 * A trace that begins here, not yet recorded.
 * @param id - of the request that it begins with, given to no other
 */
export function newTraceparent(id: string): string {
  const digest = createHash("sha256").update(id).digest("hex");
  return `00-${digest.slice(0, 32)}-${digest.slice(32, 48)}-00`;
}

/** Trace id for logs, common to all lines about one request. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return pattern.exec(traceparent ?? "")?.[1];
}
