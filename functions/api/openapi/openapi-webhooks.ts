import type * as z from "zod";
import {
  deliveryQuerySchema,
  endpointChangeSchema,
  newEndpointSchema,
  replayRequestSchema,
} from "../webhooks/webhook-endpoints.ts";
import {
  deliveryListSchema,
  deliverySchema,
  replaySchema,
  webhookEndpointListSchema,
  webhookEndpointSchema,
} from "../webhooks/webhook-responses.ts";
import { json, operation, pathParameter, problems } from "./openapi-parts.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

export function webhookPaths(): JsonSchema {
  const endpoint = json("The endpoint.", webhookEndpointSchema);
  const withSecret = json("The endpoint, with its secret: it is not shown again.", webhookEndpointSchema);
  const delivery = json("The message, to be sent at once.", deliverySchema);
  const id = [pathParameter("id", "The endpoint's id.")];
  const idOrDefault = "The endpoint's id, or default for the webhooks of single jobs.";
  const body = (schema: z.ZodType) => ({
    required: true,
    content: { "application/json": { schema: schemaRef(schema) } },
  });
  return {
    "/v1/webhook-endpoints": {
      post: {
        ...operation("createWebhookEndpoint", "webhooks", "Be told of everything that happens in the account."),
        description:
          "Messages are signed as Standard Webhooks says. Anything but 2xx is tried again after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 " +
          "and 24 hours, each up to a fifth longer; 410 switches the endpoint off, and so does a message that failed to the end " +
          "while none got through. Messages of one job arrive in order, each at least once; job.progress at most once, and at most one a second. " +
          "balance.low comes when the spendable money falls below the account's low_balance, and then not before there was more.",
        requestBody: body(newEndpointSchema),
        responses: { 201: withSecret, ...problems(400, 401, 403, 409, 413, 415) },
      },
      get: {
        ...operation("listWebhookEndpoints", "webhooks", "The account's endpoints."),
        responses: { 200: json("All of them.", webhookEndpointListSchema), ...problems(401, 403) },
      },
    },
    "/v1/webhook-endpoints/{id}": {
      get: {
        ...operation("getWebhookEndpoint", "webhooks", "One endpoint."),
        parameters: id,
        responses: { 200: endpoint, ...problems(401, 403, 404) },
      },
      patch: {
        ...operation("updateWebhookEndpoint", "webhooks", "Change an endpoint, or switch it on or off."),
        parameters: id,
        requestBody: body(endpointChangeSchema),
        responses: { 200: endpoint, ...problems(400, 401, 403, 404, 413, 415) },
      },
      delete: {
        ...operation(
          "deleteWebhookEndpoint",
          "webhooks",
          "Delete an endpoint; messages not yet sent to it are dropped.",
        ),
        parameters: id,
        responses: { 204: { description: "Deleted." }, ...problems(401, 403, 404) },
      },
    },
    "/v1/webhook-endpoints/{id}/rotate-secret": {
      post: {
        ...operation("rotateWebhookSecret", "webhooks", "Make a new secret; the old one signs as well for 24 hours."),
        parameters: id,
        responses: { 200: withSecret, ...problems(401, 403, 404) },
      },
    },
    "/v1/webhook-endpoints/{id}/test": {
      post: {
        ...operation("testWebhookEndpoint", "webhooks", "Send a message of type webhook.test."),
        parameters: id,
        responses: { 202: delivery, ...problems(401, 403, 404, 409) },
      },
    },
    "/v1/webhook-endpoints/{id}/deliveries": {
      get: {
        ...operation("listDeliveries", "webhooks", "What was sent to an endpoint, and what it answered."),
        parameters: [pathParameter("id", idOrDefault), ...parameters("query", deliveryQuerySchema)],
        responses: { 200: json("A page.", deliveryListSchema), ...problems(400, 401, 403, 404) },
      },
    },
    "/v1/webhook-endpoints/{id}/replay": {
      post: {
        ...operation("replayWebhookEndpoint", "webhooks", "Send again what was made since a time."),
        parameters: [pathParameter("id", idOrDefault)],
        requestBody: body(replayRequestSchema),
        responses: { 202: json("They are due.", replaySchema), ...problems(400, 401, 403, 404, 409, 413, 415) },
      },
    },
    "/v1/deliveries/{id}": {
      get: {
        ...operation("getDelivery", "webhooks", "One message, and what came of it."),
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
