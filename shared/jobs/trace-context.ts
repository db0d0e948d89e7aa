import { createHash } from "node:crypto";

/**
 * W3C Trace Context, `traceparent` of version 00, as OpenTelemetry reads it: `00-<32 hex>-<16 hex>-<2 hex>`. What we
 * were given is passed on unchanged: our spans, and what comes after us, hang below our caller's.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
const pattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The header as it may be passed on, or `undefined` for one that says nothing: the trace then begins here. */
export function parseTraceparent(header: string | undefined): string | undefined {
  return header !== undefined && pattern.test(header) ? header : undefined;
}

/**
 * A trace that begins here.
 * @param id - of the request that it begins with, given to no other
 * @param ratio - share of such traces that is recorded, 0 to 1: the same id is always decided alike
 */
export function newTraceparent(id: string, ratio = 0): string {
  const digest = createHash("sha256").update(id).digest("hex");
  const isRecorded = Number.parseInt(digest.slice(48, 56), 16) < ratio * 2 ** 32;
  return `00-${digest.slice(0, 32)}-${digest.slice(32, 48)}-${isRecorded ? "01" : "00"}`;
}

/** Trace id for logs, common to all lines about one request. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return pattern.exec(traceparent ?? "")?.[1];
}
