import { type Span, sampledParent, spanIdOf } from "../../shared/tracing/span.ts";
import type { DeliveryResult } from "./deliver.ts";
import type { DeliveryRow } from "./delivery-row.ts";

/**
 * The span of one attempt, where the job's trace is recorded. The receiver's own spans hang below the caller's, as
 * ours.
 */
export function deliverySpan(
  row: Pick<DeliveryRow, "messageId" | "jobId" | "attempt">,
  { traceparent, latencyMs, statusCode, error }: DeliveryResult,
  { host, endMs }: { readonly host: string | undefined; readonly endMs: number },
): Span | undefined {
  const parent = sampledParent(traceparent);
  return (
    parent && {
      ...parent,
      name: "deliver webhook",
      kind: "client",
      spanId: spanIdOf(row.messageId, String(row.attempt)),
      startMs: endMs - latencyMs,
      endMs,
      attributes: {
        "z_image.job_id": row.jobId,
        "z_image.message_id": row.messageId,
        "z_image.attempt": row.attempt,
        "server.address": host,
        "http.response.status_code": statusCode,
      },
      error: error?.code,
    }
  );
}
