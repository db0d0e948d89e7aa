import * as z from "zod";

const time = z.iso.datetime();

export const webhookEndpointSchema = z
  .object({
    id: z.string(),
    object: z.literal("webhook_endpoint"),
    url: z.string(),
    description: z.string(),
    events: z.array(z.string()).describe("Empty: everything but job.started and job.progress."),
    enabled: z.boolean(),
    disabled_reason: z
      .enum(["gone", "failing"])
      .nullable()
      .describe("Switched off by itself: it answered 410, or a message failed for three days and none got through."),
    disabled_at: time.nullable(),
    secret_rotates_until: time.nullable().describe("Until then an older secret signs as well."),
    created_at: time,
    secret: z.string().optional().describe("Only in the answer to the request that made it."),
  })
  .meta({ id: "WebhookEndpoint" });

export const webhookEndpointListSchema = z
  .object({ data: z.array(webhookEndpointSchema).describe("Oldest first.") })
  .meta({ id: "WebhookEndpointList" });

export const deliverySchema = z
  .object({
    id: z.string().describe("The webhook-id header, the same in every attempt."),
    object: z.literal("webhook_delivery"),
    type: z.string(),
    status: z
      .enum(["pending", "sending", "delivered", "failed", "disabled", "skipped"])
      .describe("disabled: answered 410, or the endpoint is deleted. skipped: the endpoint was off."),
    job_id: z.string().nullable(),
    endpoint_id: z.string().nullable().describe("null for the webhook of a single job."),
    url: z.string().describe("Where it was to go when it was made; an endpoint's URL of the moment counts."),
    attempts: z.int().describe("Begun since it was made, or last sent again."),
    next_attempt_at: time.nullable(),
    created_at: time,
    answers: z
      .array(
        z.object({
          at: time,
          status_code: z.int().nullable(),
          latency_ms: z.int(),
          excerpt: z.string().nullable().describe("The first characters of the response."),
          error: z.object({ code: z.string(), message: z.string() }).nullable(),
        }),
      )
      .describe("What came of the last ten attempts, oldest first."),
  })
  .meta({ id: "WebhookDelivery" });

export const deliveryListSchema = z
  .object({
    data: z.array(deliverySchema).describe("Newest first."),
    next_cursor: z.string().nullable().describe("null on the last page."),
  })
  .meta({ id: "WebhookDeliveryList" });

export const replaySchema = z
  .object({
    count: z.int().describe("Messages that are sent again."),
    next_since: time.nullable().describe("There are more: ask again from here."),
  })
  .meta({ id: "WebhookReplay" });

export const webhookSecretSchema = z
  .object({ key: z.string().describe("`whsec_` and base64; what webhook signatures are checked with.") })
  .meta({ id: "WebhookSecret" });
