import type { Context } from "hono";
import { PipelineError } from "../../../shared/errors.ts";
import { messageText } from "../../webhook/deliver.ts";
import type { DeliveryRow } from "../../webhook/delivery-row.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { requestLinks } from "../http/request-links.ts";
import { presentJob } from "../jobs/present-job.ts";

/** Larger bodies, which only other services' forms have, are not shown. */
const maxShownBytes = 65_536;

/**
 * The body of a message as it would be sent now; `null` where it cannot be made any more, or is large. Messages are not
 * kept: they are made of the job when they are sent.
 */
export async function deliveryPayload(
  c: Context<ApiEnv>,
  row: DeliveryRow,
  dependencies: RouteDependencies,
): Promise<{ [field: string]: unknown } | null> {
  const link = requestLinks(c, dependencies);
  // Only here: the dialects are not needed to list endpoints.
  const { foreignWebhookBody } = await import("../dialects/webhook-body.ts");
  try {
    const text = await messageText(row, {
      job: (jobId) => dependencies.jobs.get(jobId),
      present: (job) => presentJob(job, { link }),
      foreignBody: (job) => foreignWebhookBody(job, { link, models: dependencies.models }),
    });
    return Buffer.byteLength(text) > maxShownBytes ? null : (JSON.parse(text) as { [field: string]: unknown });
  } catch (error) {
    if (error instanceof PipelineError) return null;
    throw error;
  }
}
