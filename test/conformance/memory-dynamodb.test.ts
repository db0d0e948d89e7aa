import { openDynamoItems } from "../../shared/aws/items.ts";
import { createMemoryDynamoDb } from "../support/aws/memory-dynamodb.ts";
import { clientRetryConformance } from "./client-retry.conformance.ts";
import { imagesConformance } from "./images.conformance.ts";
import { itemsConformance } from "./items.conformance.ts";
import { moneyConformance } from "./money.conformance.ts";
import { promptsConformance } from "./prompts.conformance.ts";
import { webhookEndpointsConformance } from "./webhook-endpoints.conformance.ts";
import { webhooksConformance } from "./webhooks.conformance.ts";

// What `npm run bench -- aws-cost` counts on behaves as the driver of DynamoDB expects of DynamoDB.
const openWith = (projection: "KEYS_ONLY" | "ALL") => async () => {
  const projections = { gsi1: projection, due: projection };
  return openDynamoItems({ client: createMemoryDynamoDb({ projections }), table: "memory" });
};
const open = openWith("KEYS_ONLY");
itemsConformance("DynamoDB in memory, whole items in the indexes", openWith("ALL"));
itemsConformance("DynamoDB in memory", open);
webhooksConformance("DynamoDB in memory", open);
webhookEndpointsConformance("DynamoDB in memory", open);
moneyConformance("DynamoDB in memory", open);
imagesConformance("DynamoDB in memory", open);
promptsConformance("DynamoDB in memory", open);
clientRetryConformance("DynamoDB in memory", open);
