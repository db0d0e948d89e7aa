import { createHash, randomBytes } from "node:crypto";

/** One step of a request's way, as OpenTelemetry has it. */
export interface Span {
  readonly name: string;
  readonly kind: "server" | "consumer" | "client" | "internal";
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly parentSpanId?: string;
  /** Milliseconds since the epoch. */
  readonly startMs: number;
  readonly endMs: number;
  /** Ids, counts and codes; never prompts, bodies or keys. */
  readonly attributes: { readonly [name: string]: string | number | undefined };
  /** What went wrong, by its code. */
  readonly error?: string;
}

/** Where spans go. Never throws and never waits: a request does not depend on its trace. */
export interface Spans {
  record(span: Span): void;
}

const parts = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Trace and parent of what a `traceparent` leads to, where its trace is recorded (the sampled flag). */
export function sampledParent(
  traceparent: string | undefined,
): { readonly traceId: string; readonly parentSpanId: string } | undefined {
  const [, traceId, parentSpanId, flags] = parts.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || parentSpanId === undefined || flags === undefined) return undefined;
  return (Number.parseInt(flags, 16) & 1) === 1 ? { traceId, parentSpanId } : undefined;
}

/** A fresh span id. */
export const newSpanId = (): string => randomBytes(8).toString("hex");

/** The same id for the same names, for a span that may be recorded twice: readers then show one. */
export const spanIdOf = (...names: readonly string[]): string =>
  createHash("sha256").update(names.join("/")).digest("hex").slice(0, 16);
