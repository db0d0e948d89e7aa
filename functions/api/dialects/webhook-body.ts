import type { Job } from "../../../shared/job.ts";
import type { WebhookContext } from "./dialect.ts";

/**
 * The body that the job's own webhook expects, when the job came through a dialect with one; `undefined` for the native
 * one. The dialects are loaded only for such a job: the function that delivers webhooks starts without their routes.
 */
export async function foreignWebhookBody(
  job: Job,
  context: WebhookContext,
): Promise<{ readonly [field: string]: unknown } | undefined> {
  const form = job.webhook?.form;
  if (form === undefined) return undefined;
  const { dialects } = await import("./dialects.ts");
  return dialects.find(({ name }) => name === form)?.webhookBody?.(job, context);
}
