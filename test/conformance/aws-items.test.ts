import { afterAll, beforeAll, describe } from "vitest";
import { openDynamoItems } from "../../shared/aws/items.ts";
import { type Emulator, findDynamoDbLocal, startDynamoDbLocal } from "../support/aws/aws-emulators.ts";
import { createTable } from "../support/aws/aws-resources.ts";
import { clientRetryConformance } from "./client-retry.conformance.ts";
import { imagesConformance } from "./images.conformance.ts";
import { itemsConformance } from "./items.conformance.ts";
import { moneyConformance } from "./money.conformance.ts";
import { promptsConformance } from "./prompts.conformance.ts";
import { webhookEndpointsConformance } from "./webhook-endpoints.conformance.ts";
import { webhooksConformance } from "./webhooks.conformance.ts";

// Where there is no DynamoDB Local the run has said so in its first line, or has ended there.
describe.runIf(findDynamoDbLocal())("on DynamoDB Local", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startDynamoDbLocal();
  }, 120_000);
  afterAll(() => emulator?.stop());

  let tables = 0;
  const openWith = (projection: "KEYS_ONLY" | "ALL") => async () => {
    const client = emulator.clients.dynamodb;
    const table = `items-${++tables}`;
    await createTable(client, table, projection);
    return openDynamoItems({ client, table });
  };
  const open = openWith("KEYS_ONLY");
  itemsConformance("DynamoDB, whole items in the indexes", openWith("ALL"));
  itemsConformance("DynamoDB", open);
  webhooksConformance("DynamoDB", open);
  webhookEndpointsConformance("DynamoDB", open);
  moneyConformance("DynamoDB", open);
  imagesConformance("DynamoDB", open);
  promptsConformance("DynamoDB", open);
  clientRetryConformance("DynamoDB", open);
});
