import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
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
import { type AddGuess, toAction, toItem, toKey } from "./item-expressions.ts";

const indexAttributes = {
  main: { partition: "pk", sort: "sk" },
  gsi1: { partition: "gpk", sort: "gsk" },
  due: { partition: "duePk", sort: "dueAt" },
} as const;

/** Tries of one write that collides with other transactions: with waits up to a second, some 20 s in all. */
const maxTries = 30;
const longestWaitMs = 1000;
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
   * Table with key `pk`, `sk`, indexes `gsi1` (`gpk`, `gsk`) and `due` (`duePk`, `dueAt` as number), both with all
   * attributes, and time to live on `exp`.
   */
  readonly table: string;
  /** For the waits between tries. @default systemClock */
  readonly clock?: Clock;
}

/** `items` in a DynamoDB table. */
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
      items.push(...(page.Items ?? []).map(toItem));
      start = page.LastEvaluatedKey;
    } while (start && items.length <= limit);
    if (items.length <= limit) return { items };
    const wanted = items.slice(0, limit);
    return { items: wanted, cursor: cursorAfter(index, wanted.at(-1)!) };
  }

  async write(writes: readonly Write[]): Promise<void> {
    checkWrites(writes);
    const guesses = writes.map((): AddGuess => "present");
    for (let tries = 1; ; tries++) {
      const reasons = await this.#try(writes.map((write, i) => toAction(this.#table, write, guesses[i]!)));
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
      if (refused.length === 0) await this.#clock.sleep(Math.random() * Math.min(longestWaitMs, 20 * 2 ** tries));
    }
  }

  async close(): Promise<void> {}

  /** @returns for a refused write the reason of each action, `None` where there was nothing wrong with it */
  async #try(actions: readonly TransactWriteItem[]): Promise<string[] | undefined> {
    const [only] = actions;
    try {
      if (actions.length === 1 && only && mayRunTwice(only)) {
        if (only.Update) await this.#client.send(new UpdateItemCommand({ ...only.Update }));
        else if (only.Delete) await this.#client.send(new DeleteItemCommand({ ...only.Delete }));
      } else {
        await this.#client.send(new TransactWriteItemsCommand({ TransactItems: [...actions] }));
      }
      return undefined;
    } catch (error) {
      if (error instanceof TransactionCanceledException && error.CancellationReasons) {
        return error.CancellationReasons.map(({ Code }) => Code ?? "None");
      }
      if (isNamed(error, "TransactionConflictException")) return ["TransactionConflict"];
      throw error;
    }
  }
}

/**
 * Plain writes cost half of a transaction, but when a response is lost on the way the SDK sends them again: an `add`
 * would count twice, and a condition would fail on the write's own first success. A transaction carries a token against
 * that.
 */
function mayRunTwice(action: TransactWriteItem): boolean {
  return (action.Update ?? action.Delete ?? action.ConditionCheck)?.ConditionExpression === undefined;
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
