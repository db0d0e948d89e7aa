import type * as z from "zod";
import {
  deliveryQuerySchema,
  endpointChangeSchema,
  healthQuerySchema,
  newEndpointSchema,
  replayRequestSchema,
} from "../webhooks/webhook-endpoints.ts";
import {
  deliveryListSchema,
  deliverySchema,
  replaySchema,
  webhookEndpointListSchema,
  webhookEndpointSchema,
  webhookHealthSchema,
} from "../webhooks/webhook-responses.ts";
import { json, operation, pathParameter, problems } from "./openapi-parts.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

export function webhookPaths(): JsonSchema {
  return { ...endpointPaths(), ...deliveryPaths() };
}

function endpointPaths(): JsonSchema {
  const endpoint = json("The endpoint.", webhookEndpointSchema);
  const withSecret = json("The endpoint with its secret, which is not shown again.", webhookEndpointSchema);
  const id = [pathParameter("id", "The endpoint's id.")];
  return {
    "/v1/webhook-endpoints": {
      post: {
        ...operation("createWebhookEndpoint", "webhooks", "Create an endpoint that receives the account's events."),
        description:
          "Messages are signed according to Standard Webhooks. A message not answered with 2xx is retried " +
          "after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 " +
          "and 24 hours, each delay up to 20 % longer. The endpoint is disabled when it responds 410, and when " +
          "a message exhausts its retries " +
          "while no other was delivered. Messages of one job are sent in order, at least once each; " +
          "job.progress at most once, and at most one per second. " +
          "balance.low is sent when the available balance falls below the account's low_balance, and not again " +
          "until the balance has recovered.",
        requestBody: body(newEndpointSchema),
        responses: { 201: withSecret, ...problems(400, 401, 403, 409, 413, 415) },
      },
      get: {
        ...operation("listWebhookEndpoints", "webhooks", "List the account's endpoints."),
        responses: { 200: json("All endpoints.", webhookEndpointListSchema), ...problems(401, 403) },
      },
    },
    "/v1/webhook-endpoints/{id}": {
      get: {
        ...operation("getWebhookEndpoint", "webhooks", "Get an endpoint."),
        parameters: id,
        responses: { 200: endpoint, ...problems(401, 403, 404) },
      },
      patch: {
        ...operation("updateWebhookEndpoint", "webhooks", "Change, enable or disable an endpoint."),
        parameters: id,
        requestBody: body(endpointChangeSchema),
        responses: { 200: endpoint, ...problems(400, 401, 403, 404, 413, 415) },
      },
      delete: {
        ...operation("deleteWebhookEndpoint", "webhooks", "Delete an endpoint; its unsent messages are discarded."),
        parameters: id,
        responses: { 204: { description: "Deleted." }, ...problems(401, 403, 404) },
      },
    },
    "/v1/webhook-endpoints/{id}/rotate-secret": {
      post: {
        ...operation(
          "rotateWebhookSecret",
          "webhooks",
          "Rotate an endpoint's secret; messages are also signed with the old one for 24 hours.",
        ),
        parameters: id,
        responses: { 200: withSecret, ...problems(401, 403, 404) },
      },
    },
  };
}

function deliveryPaths(): JsonSchema {
  const delivery = json("The message, queued for immediate delivery.", deliverySchema);
  const idOrDefault = "The endpoint's id, or default for jobs' own webhooks.";
  return {
    "/v1/webhook-endpoints/{id}/test": {
      post: {
        ...operation("testWebhookEndpoint", "webhooks", "Send a message of type webhook.test."),
        parameters: [pathParameter("id", "The endpoint's id.")],
        responses: { 202: delivery, ...problems(401, 403, 404, 409) },
      },
    },
    "/v1/webhook-endpoints/{id}/deliveries": {
      get: {
        ...operation("listDeliveries", "webhooks", "List an endpoint's messages with the results of their attempts."),
        parameters: [pathParameter("id", idOrDefault), ...parameters("query", deliveryQuerySchema)],
        responses: { 200: json("One page of the list.", deliveryListSchema), ...problems(400, 401, 403, 404) },
      },
    },
    "/v1/webhook-endpoints/{id}/replay": {
      post: {
        ...operation("replayWebhookEndpoint", "webhooks", "Send messages again that were created since a given time."),
        parameters: [pathParameter("id", idOrDefault)],
        requestBody: body(replayRequestSchema),
        responses: {
          202: json("The messages are queued.", replaySchema),
          ...problems(400, 401, 403, 404, 409, 413, 415),
        },
      },
    },
    "/v1/webhook-endpoints/{id}/health": {
      get: {
        ...operation("getWebhookHealth", "webhooks", "Count the attempts to deliver to an endpoint, by the hour."),
        parameters: [pathParameter("id", idOrDefault), ...parameters("query", healthQuerySchema)],
        responses: { 200: json("The attempts.", webhookHealthSchema), ...problems(400, 401, 403, 404) },
      },
    },
    "/v1/deliveries/{id}": {
      get: {
        ...operation("getDelivery", "webhooks", "Get a message with the results of its attempts."),
        parameters: [pathParameter("id", "The webhook-id.")],
        responses: { 200: json("The message.", deliverySchema), ...problems(401, 403, 404) },
      },
    },
    "/v1/deliveries/{id}/redeliver": {
      post: {
        ...operation("redeliver", "webhooks", "Send a message again, under the same webhook-id."),
        parameters: [pathParameter("id", "The webhook-id.")],
        responses: { 202: delivery, ...problems(401, 403, 404, 409) },
      },
    },
  };
}

function body(schema: z.ZodType) {
  return { required: true, content: { "application/json": { schema: schemaRef(schema) } } };
}
