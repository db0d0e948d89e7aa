import { randomBytes } from "node:crypto";
import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type Clock, systemClock } from "../ports/clock.ts";
import { checkKey, checkQuery, checkWrites, cursorAfter } from "../ports/item-rules.ts";
import {
  type Item,
  type ItemKey,
  type Items,
  ItemsConditionFailed,
  type Page,
  type Query,
  type Write,
} from "../ports/items.ts";
import { type CursorPosition, invalidCursor } from "../ports/page-cursor.ts";
import { toAttributeValue } from "./attribute-value.ts";
import { type AddGuess, toAction, toItem, toKey, tokenAttribute } from "./item-expressions.ts";

const indexAttributes = {
  main: { partition: "pk", sort: "sk" },
  gsi1: { partition: "gpk", sort: "gsk" },
  due: { partition: "duePk", sort: "dueAt" },
} as const;

/** Tries of one write that collides with other transactions: with waits up to a second, some 20 s in all. */
const maxTries = 30;
const longestWaitMs = 1000;
/** DynamoDB reads so many items at once. */
const maxKeysPerRead = 100;
/** Reasons that are about the moment, not about the write. */
const transientReasons = new Set([
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
  "RequestLimitExceeded",
]);

export interface DynamoItemsOptions {
  readonly client: DynamoDBClient;
  /**
   * Table with key `pk`, `sk`, indexes `gsi1` (`gpk`, `gsk`) and `due` (`duePk`, `dueAt` as number), both with keys
   * alone (or, as earlier versions made them, with all attributes), and time to live on `exp`.
   */
  readonly table: string;
  /** For the waits between tries. @default systemClock */
  readonly clock?: Clock;
}

/** `items` in a DynamoDB table. `test/conformance/aws-items.test.ts` runs the suite of the port over it. */
export function openDynamoItems({ client, table, clock = systemClock }: DynamoItemsOptions): Items {
  return new DynamoItems(client, table, clock);
}

class DynamoItems implements Items {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #clock: Clock;

  constructor(client: DynamoDBClient, table: string, clock: Clock) {
    this.#client = client;
    this.#table = table;
    this.#clock = clock;
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    checkKey(key);
    const { Item: record } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: toKey(key), ConsistentRead: true }),
    );
    return record && toItem(record);
  }

  async query(query: Query): Promise<Page> {
    const { index, partition, from, to, prefix, reverse = false, limit, after } = checkQuery(query);
    const attributes = indexAttributes[index];
    const range = sortKeyCondition(from, to, prefix);
    const items: Item[] = [];
    let start = after && startKey(index, partition, after);
    do {
      const page = await this.#client
        .send(
          new QueryCommand({
            TableName: this.#table,
            ...(index === "main" ? { ConsistentRead: true } : { IndexName: index }),
            KeyConditionExpression: `#partition = :partition${range.expression}`,
            ExpressionAttributeNames: {
              "#partition": attributes.partition,
              ...(range.expression && { "#sort": attributes.sort }),
            },
            ExpressionAttributeValues: { ":partition": { S: partition }, ...range.values },
            ScanIndexForward: !reverse,
            // One more than asked tells whether there is a next page.
            Limit: limit + 1 - items.length,
            ExclusiveStartKey: start,
          }),
        )
        .catch((error) => {
          // The one thing a caller can have got wrong here is a cursor from another range.
          throw after && isNamed(error, "ValidationException") ? invalidCursor(error) : error;
        });
      items.push(...(await this.#whole(index, page.Items ?? [])));
      start = page.LastEvaluatedKey;
    } while (start && items.length <= limit);
    if (items.length <= limit) return { items };
    const wanted = items.slice(0, limit);
    return { items: wanted, cursor: cursorAfter(index, wanted.at(-1)!) };
  }

  async write(writes: readonly Write[]): Promise<void> {
    checkWrites(writes);
    const indexesOf = (apart: "before" | "after" | undefined) =>
      writes.flatMap((write, index) => (apartOf(write) === apart ? [index] : []));
    const together = indexesOf(undefined);
    await Promise.all(indexesOf("before").map((index) => this.#write([writes[index]!])));
    try {
      if (together.length > 0) await this.#write(together.map((index) => writes[index]!));
    } catch (error) {
      throw error instanceof ItemsConditionFailed
        ? new ItemsConditionFailed(error.failed.map((index) => together[index]!))
        : error;
    }
    await Promise.allSettled(indexesOf("after").map((index) => this.#write([writes[index]!])));
  }

  async close(): Promise<void> {}

  async #write(writes: readonly Write[]): Promise<void> {
    const guesses = writes.map((): AddGuess => "present");
    for (let tries = 1; ; tries++) {
      const reasons = await this.#try(writes, guesses);
      if (reasons === undefined) return;
      const refused = reasons.flatMap((reason, i) => (reason === "ConditionalCheckFailed" ? [i] : []));
      const failed = refused.filter((i) => writes[i]!.if);
      if (failed.length > 0) throw new ItemsConditionFailed(failed);
      for (const i of refused) guesses[i] = guesses[i] === "present" ? "absent" : "present";
      const lasting = reasons.find(
        (reason) => reason !== "None" && reason !== "ConditionalCheckFailed" && !transientReasons.has(reason),
      );
      if (lasting !== undefined || tries === maxTries) {
        throw new Error(`DynamoDB refused an atomic write after ${tries} tries: ${reasons.join(", ")}`);
      }
      // A wrong guess needs no wait, a collision does; random, so that writers that collided once do not keep step.
      if (refused.length === 0) await this.#clock.sleep(pauseMs(tries));
    }
  }

  /**
   * The items of entries of an index, as they are now. One that has left its place in the index since is left out: it
   * is found at its new one.
   */
  async #whole(index: Query["index"], entries: readonly Record<string, AttributeValue>[]): Promise<Item[]> {
    const keys = entries.filter(({ data }) => data === undefined).map(({ pk, sk }) => ({ pk: pk!, sk: sk! }));
    const read = new Map<string, Item>();
    for (let from = 0; from < keys.length; from += maxKeysPerRead) {
      let wanted: Record<string, AttributeValue>[] = keys.slice(from, from + maxKeysPerRead);
      for (let tries = 1; wanted.length > 0; tries++) {
        const { Responses, UnprocessedKeys } = await this.#client.send(
          new BatchGetItemCommand({ RequestItems: { [this.#table]: { Keys: wanted, ConsistentRead: true } } }),
        );
        for (const item of (Responses?.[this.#table] ?? []).map(toItem)) read.set(idOf(item), item);
        wanted = UnprocessedKeys?.[this.#table]?.Keys ?? [];
        if (tries === maxTries && wanted.length > 0) throw new Error(`DynamoDB left items unread after ${tries} tries`);
        if (wanted.length > 0) await this.#clock.sleep(pauseMs(tries));
      }
    }
    return entries.flatMap((record) => {
      const entry = toItem(record);
      if (record.data !== undefined) return [entry];
      const item = read.get(idOf(entry));
      return item !== undefined && samePlace(index, item, entry) ? [item] : [];
    });
  }

  /** @returns for a refused write the reason of each action, `None` where there was nothing wrong with it */
  async #try(writes: readonly Write[], guesses: readonly AddGuess[]): Promise<string[] | undefined> {
    const [only] = writes;
    try {
      if (only && writes.length === 1 && mayGoAlone(only)) await this.#writeAlone(only, guesses[0]!);
      else {
        const TransactItems = writes.map((write, i) => toAction(this.#table, write, { guess: guesses[i]! }));
        await this.#client.send(new TransactWriteItemsCommand({ TransactItems }));
      }
      return undefined;
    } catch (error) {
      if (error instanceof TransactionCanceledException && error.CancellationReasons) {
        return error.CancellationReasons.map(({ Code }) => Code ?? "None");
      }
      if (error instanceof ConditionalCheckFailedException) return ["ConditionalCheckFailed"];
      if (isNamed(error, "TransactionConflictException")) return ["TransactionConflict"];
      throw error;
    }
  }

  /** A write outside a transaction, which costs half. */
  async #writeAlone(write: Write, guess: AddGuess): Promise<void> {
    const token = randomBytes(6).toString("base64url");
    const { Update, Delete } = toAction(this.#table, write, { guess, token });
    if (Delete) {
      await this.#client.send(new DeleteItemCommand({ ...Delete }));
      return;
    }
    const command = new UpdateItemCommand({ ...Update!, ReturnValuesOnConditionCheckFailure: "ALL_OLD" });
    await this.#client.send(command).catch((error: unknown) => {
      // The SDK sends a command again when its response was lost: the first time it was stored.
      const found = error instanceof ConditionalCheckFailedException ? error.Item?.[tokenAttribute]?.S : undefined;
      if (found !== token) throw error;
    });
  }
}

/**
 * When a response is lost on the way, the SDK sends the command again. A transaction carries a token against that; a
 * `put` leaves one in its item, so that it knows itself. An `add` would count twice, which one
 * apart may, and a conditional `delete` cannot tell who deleted.
 */
function mayGoAlone(write: Write): boolean {
  if ("add" in write) return apartOf(write) !== undefined;
  return "put" in write || ("delete" in write && write.if === undefined);
}

function apartOf(write: Write): "before" | "after" | undefined {
  return "apart" in write ? write.apart : undefined;
}

function pauseMs(tries: number): number {
  return Math.random() * Math.min(longestWaitMs, 20 * 2 ** tries);
}

function idOf({ pk, sk }: ItemKey): string {
  return JSON.stringify([pk, sk]);
}

function samePlace(index: Query["index"], a: Item, b: Item): boolean {
  return index === "due" ? a.duePk === b.duePk && a.dueAt === b.dueAt : a.gpk === b.gpk && a.gsk === b.gsk;
}

function sortKeyCondition(
  from: string | number | undefined,
  to: string | number | undefined,
  prefix: string | undefined,
): { expression: string; values: Record<string, AttributeValue> } {
  if (prefix) return { expression: " AND begins_with(#sort, :prefix)", values: { ":prefix": { S: prefix } } };
  const values: Record<string, AttributeValue> = {};
  if (from !== undefined) values[":from"] = toAttributeValue(from);
  if (to !== undefined) values[":to"] = toAttributeValue(to);
  if (from !== undefined && to !== undefined) return { expression: " AND #sort BETWEEN :from AND :to", values };
  if (from !== undefined) return { expression: " AND #sort >= :from", values };
  return { expression: to !== undefined ? " AND #sort <= :to" : "", values };
}

function startKey(index: Query["index"], partition: string, after: CursorPosition): Record<string, AttributeValue> {
  const [sort, pk, sk] = after.map(toAttributeValue);
  if (index === "main") return { pk: { S: partition }, sk: sort! };
  const { partition: partitionAttribute, sort: sortAttribute } = indexAttributes[index];
  return { [partitionAttribute]: { S: partition }, [sortAttribute]: sort!, pk: pk!, sk: sk! };
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
