import { afterAll, beforeAll, describe } from "vitest";
import { openDynamoItems } from "../../shared/aws/items.ts";
import { type Emulator, findDynamoDbLocal, startDynamoDbLocal } from "../support/aws/aws-emulators.ts";
import { createTable } from "../support/aws/aws-resources.ts";
import { clientRetryConformance } from "./client-retry.conformance.ts";
import { itemsConformance } from "./items.conformance.ts";
import { moneyConformance } from "./money.conformance.ts";
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
  const open = async () => {
    const client = emulator.clients.dynamodb;
    const table = `items-${++tables}`;
    await createTable(client, table);
    return openDynamoItems({ client, table });
  };
  itemsConformance("DynamoDB", open);
  webhooksConformance("DynamoDB", open);
  webhookEndpointsConformance("DynamoDB", open);
  moneyConformance("DynamoDB", open);
  clientRetryConformance("DynamoDB", open);
});
