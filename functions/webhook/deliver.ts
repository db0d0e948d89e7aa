import { PipelineError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import type { GuardedFetchOptions, GuardedResponse } from "../../shared/net/guarded-fetch.ts";
import type { OutboxRow } from "../../shared/webhooks/webhook-outbox.ts";
import { signWebhook } from "../../shared/webhooks/webhook-signature.ts";

/**
 * A body larger than this, in bytes of UTF-8, is sent without its bulky fields: receivers and proxies cap what they
 * read.
 */
export const maxWebhookBodyBytes = 20_000;
/**
 * Left out in this order while the body is too large, and then named in `data.omitted`; the job's own link has them.
 */
const omissible = ["params", "metadata"] as const;
const excerptCharacters = 1_000;

/** One message to one receiver, as the outbox holds it. */
export type Delivery = Pick<
  OutboxRow,
  "messageId" | "accountId" | "eventType" | "jobId" | "payload" | "endpointId" | "url" | "createdAt"
>;

export interface DeliverDependencies {
  readonly job: (jobId: string) => Promise<Job | undefined>;
  /** The job as the native API shows it. */
  readonly present: (job: Job) => PresentedJob | Promise<PresentedJob>;
  /** The whole body for the job's own webhook, when that expects the form of another API. @default none does */
  readonly foreignBody?: (job: Job) => PresentedJob | undefined | Promise<PresentedJob | undefined>;
  /** The secrets to sign with: one, or more during a rotation. */
  readonly secrets: (delivery: Delivery) => Promise<readonly string[]>;
  readonly fetch: (url: string, options: DeliveryRequest) => Promise<GuardedResponse>;
  readonly now: () => number;
}

export type PresentedJob = { readonly [field: string]: unknown };
export type DeliveryRequest = Pick<GuardedFetchOptions, "method" | "headers" | "body" | "signal">;

/** Outcome of one attempt. `failed` and `disabled` are final, `retry` is for the schedule to decide. */
export interface DeliveryResult {
  readonly outcome: "delivered" | "retry" | "failed" | "disabled";
  readonly latencyMs: number;
  /** HTTP status, when there was a response. */
  readonly statusCode?: number;
  /** The first characters of the response's body, without control characters. */
  readonly excerpt?: string;
  /** Reason of the failure. */
  readonly error?: { readonly code: string; readonly message: string };
  /** W3C trace context of the job that the message reports. */
  readonly traceparent?: string;
}

/**
 * Sign one message, POST it with the trace of its job, and judge the response: 2xx is success, 410 says never again,
 * anything else (redirects too) is a failure. Never throws for what a receiver, a name server or the outbox's content
 * can cause; rejects with the signal's reason when aborted.
 */
export async function deliver(
  delivery: Delivery,
  { job: readJob, present, foreignBody, secrets, fetch, now }: DeliverDependencies,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  const startedAt = now();
  const latencyMs = () => now() - startedAt;
  let traceparent: string | undefined;
  const noted = async (jobId: string) => {
    const job = await readJob(jobId);
    traceparent = job?.traceparent;
    return job;
  };
  const traced = () => (traceparent === undefined ? {} : { traceparent });
  try {
    const body = await messageText(delivery, { job: noted, present, foreignBody });
    const keys = await secrets(delivery);
    if (keys.length === 0) throw new PipelineError("webhook_secret_missing", "the receiver has no secret to sign with");
    const signed = signWebhook({
      id: delivery.messageId,
      timestampS: Math.floor(now() / 1_000),
      body,
      secrets: keys,
    });
    const response = await fetch(delivery.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "z-image-pipeline-webhooks/1",
        ...signed,
        ...(traceparent && { traceparent }),
      },
      body,
      signal,
    });
    return { ...judge(response), latencyMs: latencyMs(), ...traced() };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof PipelineError)) throw error;
    return {
      outcome: error.retryable ? "retry" : "failed",
      latencyMs: latencyMs(),
      ...traced(),
      error: { code: error.code, message: error.message },
    };
  }
}

/**
 * The body of a message: its own content, or its job as it is now.
 * @throws PipelineError `job_gone`, `webhook_body_too_large`
 */
export async function messageText(
  delivery: Delivery,
  { job: readJob, present, foreignBody }: Pick<DeliverDependencies, "job" | "present" | "foreignBody">,
): Promise<string> {
  if (delivery.jobId === undefined) return webhookBody(delivery, delivery.payload as PresentedJob);
  const job = await readJob(delivery.jobId);
  if (job === undefined) throw new PipelineError("job_gone", `job ${delivery.jobId} is no longer stored`);
  const foreign = delivery.endpointId === undefined ? await foreignBody?.(job) : undefined;
  return foreign === undefined ? webhookBody(delivery, await present(job)) : JSON.stringify(foreign);
}

/** The JSON text of one message: `{ type, timestamp, data }`, links and never pixels, at most `maxWebhookBodyBytes`. */
export function webhookBody(
  { eventType, createdAt }: Pick<Delivery, "eventType" | "createdAt">,
  content: PresentedJob,
): string {
  const omitted: string[] = [];
  let data = content;
  for (;;) {
    const body = JSON.stringify({ type: eventType, timestamp: new Date(createdAt).toISOString(), data });
    if (Buffer.byteLength(body) <= maxWebhookBodyBytes) return body;
    const next = omissible[omitted.length];
    if (next === undefined) {
      throw new PipelineError(
        "webhook_body_too_large",
        `the message has ${Buffer.byteLength(body)} bytes, the limit is ${maxWebhookBodyBytes}`,
      );
    }
    omitted.push(next);
    const { [next]: _left, ...rest } = data;
    data = { ...rest, omitted: [...omitted] };
  }
}

function judge({ status, body }: GuardedResponse): Omit<DeliveryResult, "latencyMs"> {
  const seen = { statusCode: status, excerpt: excerptOf(body) };
  if (status >= 200 && status < 300) return { outcome: "delivered", ...seen };
  if (status === 410) {
    const message = "the receiver responded with 410 Gone: it wants no more of this";
    return { outcome: "disabled", ...seen, error: { code: "webhook_gone", message } };
  }
  const advice = status >= 300 && status < 400 ? "redirects are not followed, give the final URL" : "2xx was expected";
  return {
    outcome: "retry",
    ...seen,
    error: { code: "webhook_refused", message: `the receiver responded with ${status}; ${advice}` },
  };
}

function excerptOf(body: Uint8Array): string {
  const text = Buffer.from(body.subarray(0, 4 * excerptCharacters)).toString("utf8");
  return text.replace(/\p{Cc}+/gu, " ").slice(0, excerptCharacters);
}
