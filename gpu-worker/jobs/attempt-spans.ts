import { PipelineError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { type Span, sampledParent, spanIdOf } from "../../shared/tracing/span.ts";

interface Attempt {
  readonly endMs: number;
  readonly workerId: string;
  readonly model: string;
  readonly inferenceMs: number | undefined;
  /** What ended an attempt that failed. */
  readonly error?: unknown;
}

/** Spans of one attempt at a job, where its trace is recorded: how long the job waited, and how long it was drawn. */
export function attemptSpans(
  { id, attempt, createdAt, startedAt = createdAt, traceparent }: Job,
  { endMs, workerId, model, inferenceMs, error }: Attempt,
): Span[] {
  const parent = sampledParent(traceparent);
  if (parent === undefined) return [];
  const attributes = { "z_image.job_id": id, "z_image.attempt": attempt };
  const failure = error === undefined ? {} : { error: error instanceof PipelineError ? error.code : "internal_error" };
  return [
    {
      ...parent,
      name: "wait in the queue",
      kind: "internal",
      // The same in every attempt: a job that was given back has waited once.
      spanId: spanIdOf(id, "wait"),
      startMs: createdAt,
      endMs: startedAt,
      attributes,
    },
    {
      ...parent,
      name: "draw",
      kind: "consumer",
      spanId: spanIdOf(id, "draw", String(attempt)),
      startMs: startedAt,
      endMs,
      attributes: {
        ...attributes,
        "z_image.worker_id": workerId,
        "z_image.model": model,
        "z_image.inference_ms": inferenceMs,
      },
      ...failure,
    },
  ];
}
