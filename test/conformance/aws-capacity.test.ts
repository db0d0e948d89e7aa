import type { ConsumedCapacity, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDynamoItems } from "../../shared/aws/items.ts";
import type { Items } from "../../shared/ports/items.ts";
import { type Emulator, findDynamoDbLocal, startDynamoDbLocal } from "../support/aws/aws-emulators.ts";
import { createTable } from "../support/aws/aws-resources.ts";
import { type Consumed, createMemoryDynamoDb } from "../support/aws/memory-dynamodb.ts";

/** Capacity that one command consumed: of the table, and of each index. */
type Counts = { [where: string]: number };

/**
 * The same calls of the driver over both; each command's capacity, in order. Without transactions: DynamoDB Local
 * doubles them twice, and their indexes too, which DynamoDB does not (measured there by dynoxide's authors, August
 * 2026: twice for the table, once for the indexes).
 */
describe.runIf(findDynamoDbLocal())("capacity, as DynamoDB Local counts it", () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startDynamoDbLocal();
  }, 120_000);
  afterAll(() => emulator?.stop());

  it.each([
    "KEYS_ONLY",
    "ALL",
  ] as const)("is what the DynamoDB in memory counts, indexes with %s", async (projection) => {
    const local: Counts[] = [];
    const table = `capacity-${projection}`;
    await createTable(emulator.clients.dynamodb, table, projection);
    const { remove } = tellCapacity(emulator.clients.dynamodb, local);
    await callAll(openDynamoItems({ client: emulator.clients.dynamodb, table }));
    remove();

    const memory: Counts[] = [];
    const onConsumed = (_command: string, consumed: readonly Consumed[]) => memory.push(summed(consumed));
    const client = createMemoryDynamoDb({ projections: { gsi1: projection, due: projection }, onConsumed });
    await callAll(openDynamoItems({ client, table: "capacity" }));
    expect(memory).toEqual(local);
  });
});

const key = { pk: "p", sk: "s" };
const text = (bytes: number) => ({ text: "x".repeat(bytes), numbers: [1, -2.5, 123456789], flag: true, none: null });

async function callAll(items: Items): Promise<void> {
  const listed = { ...key, gpk: "g", gsk: "1", duePk: "d", dueAt: 5 };
  await items.write([{ put: { ...key, data: text(10) } }]);
  await items.write([{ put: { ...key, data: text(900) } }]);
  await items.write([{ put: { ...listed, data: text(1_500) } }]);
  await items.write([{ put: { ...listed, data: text(1_500) } }]);
  await items.write([{ put: { ...listed, dueAt: 6, data: text(1_500) } }]);
  await items.write([{ put: { ...key, gpk: "g", gsk: "1", data: text(700) } }]);
  await items.write([{ put: { pk: "q", sk: "1", duePk: "d", dueAt: 1, data: text(3_000) } }]);
  await items.write([{ put: { pk: "q", sk: "2", data: text(3) } }]);
  await items.get(key);
  await items.get({ pk: "none", sk: "none" });
  await items.query({ index: "main", partition: "q" });
  await items.query({ index: "due", partition: "d" });
  await items.write([{ delete: { pk: "q", sk: "1" } }]);
  await items.write([{ delete: { pk: "q", sk: "1" } }]);
}

/** Asks for the capacity of each command, and keeps it. */
function tellCapacity(client: DynamoDBClient, told: Counts[]): { readonly remove: () => void } {
  const name = "tellCapacity";
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: "INDEXES" } });
      const { ConsumedCapacity: consumed } = result.output as {
        ConsumedCapacity?: ConsumedCapacity | ConsumedCapacity[];
      };
      told.push(...[consumed ?? []].flat().map(countsOf));
      return result;
    },
    { step: "initialize", name },
  );
  return { remove: () => client.middlewareStack.remove(name) };
}

function countsOf({ Table, GlobalSecondaryIndexes = {} }: ConsumedCapacity): Counts {
  const indexes = Object.entries(GlobalSecondaryIndexes).map(([name, { CapacityUnits = 0 }]) => [name, CapacityUnits]);
  return Object.fromEntries([["main", Table?.CapacityUnits ?? 0], ...indexes].filter(([, units]) => units !== 0));
}

function summed(consumed: readonly Consumed[]): Counts {
  const counts: Counts = {};
  for (const { index, units } of consumed) counts[index] = (counts[index] ?? 0) + units;
  return counts;
}
