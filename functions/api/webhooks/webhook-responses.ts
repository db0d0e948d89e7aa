import * as z from "zod";

const time = z.iso.datetime();

export const webhookEndpointSchema = z
  .object({
    id: z.string(),
    object: z.literal("webhook_endpoint"),
    url: z.string(),
    description: z.string(),
    events: z.array(z.string()).describe("Empty: all events except job.started, job.progress and run.progress."),
    enabled: z.boolean(),
    disabled_reason: z
      .enum(["gone", "failing"])
      .nullable()
      .describe(
        "Why the endpoint was disabled automatically. gone: it responded 410. failing: a message failed for " +
          "three days and no other was delivered.",
      ),
    disabled_at: time.nullable(),
    secret_rotates_until: time.nullable().describe("Until then messages are also signed with the previous secret."),
    created_at: time,
    secret: z.string().optional().describe("Only in the response to the request that created it."),
  })
  .meta({ id: "WebhookEndpoint" });

export const webhookEndpointListSchema = z
  .object({ data: z.array(webhookEndpointSchema).describe("Oldest first.") })
  .meta({ id: "WebhookEndpointList" });

const attemptSchema = z.object({
  at: time,
  status_code: z.int().nullable(),
  latency_ms: z.int(),
  excerpt: z.string().nullable().describe("The first characters of the response."),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

export const deliverySchema = z
  .object({
    id: z.string().describe("Value of the webhook-id header; the same for every attempt."),
    object: z.literal("webhook_delivery"),
    type: z.string(),
    status: z
      .enum(["pending", "sending", "delivered", "failed", "disabled", "skipped"])
      .describe("disabled: the endpoint responded 410 or was deleted. skipped: the endpoint was disabled."),
    job_id: z.string().nullable(),
    endpoint_id: z.string().nullable().describe("null for a job's own webhook."),
    url: z
      .string()
      .describe("URL at the time the message was created; messages are sent to the endpoint's current URL."),
    attempts: z.int().describe("Attempts since the message was created or last redelivered."),
    next_attempt_at: time.nullable(),
    created_at: time,
    responses: z.array(attemptSchema).describe("Results of the last ten attempts, oldest first."),
    payload: z
      .record(z.string(), z.unknown())
      .nullable()
      .optional()
      .describe(
        "In the response for one message alone: the body as it would be sent now, at most 64 KB. null where its job is " +
          "no longer stored, or it is larger.",
      ),
    answers: z.array(attemptSchema).meta({ deprecated: true }).describe("Former name of responses."),
  })
  .meta({ id: "WebhookDelivery" });

export const deliveryListSchema = z
  .object({
    data: z.array(deliverySchema).describe("Newest first."),
    next_cursor: z.string().nullable().describe("null on the last page."),
  })
  .meta({ id: "WebhookDeliveryList" });

export const webhookHealthSchema = z
  .object({
    object: z.literal("webhook_health"),
    endpoint_id: z.string().describe("`default`: the webhooks of single jobs."),
    hours: z
      .array(z.object({ at: time, attempts: z.record(z.string(), z.int()) }))
      .describe("Attempts of each hour, the oldest first, by the state that they left the message in."),
  })
  .meta({ id: "WebhookHealth" });

export const replaySchema = z
  .object({
    count: z.int().describe("Number of messages that will be sent again."),
    next_since: time.nullable().describe("Set if there are more messages: replay again from this time."),
  })
  .meta({ id: "WebhookReplay" });

export const webhookSecretSchema = z
  .object({ key: z.string().describe("Secret that verifies webhook signatures: `whsec_` followed by base64.") })
  .meta({ id: "WebhookSecret" });

export const rotatedSecretSchema = webhookSecretSchema
  .extend({ previous_until: time.describe("Until then messages are signed with the previous secret as well.") })
  .meta({ id: "RotatedWebhookSecret" });
