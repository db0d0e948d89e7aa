import {
  type BatchGetItemCommandInput,
  ConditionalCheckFailedException,
  DynamoDBClient,
  DynamoDBServiceException,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  type Update,
} from "@aws-sdk/client-dynamodb";
import {
  type AttributeMap,
  type IndexName,
  indexEntry,
  indexNames,
  indexWrites,
  itemBytes,
  keyAttributes,
  type Projection,
  readUnits,
  writeUnits,
} from "./dynamodb-capacity.ts";
import { applyUpdate, compare, holds, rangeOf } from "./dynamodb-expressions.ts";

/** What one command consumed in one partition of the table (`main`) or of an index. */
export interface Consumed {
  readonly kind: "read" | "write";
  readonly index: "main" | IndexName;
  readonly partition: string;
  readonly units: number;
}

export interface MemoryDynamoDbOptions {
  /** What the indexes hold. */
  readonly projections: { readonly [index in IndexName]: Projection };
  /** Called after each command, refused ones too. */
  readonly onConsumed?: (command: string, consumed: readonly Consumed[]) => void;
}

type Write = NonNullable<
  TransactWriteItem["Update"] | TransactWriteItem["Delete"] | TransactWriteItem["ConditionCheck"]
>;

const metadata = { $metadata: {}, $fault: "client" } as const;

/**
 * DynamoDB in memory, behind the SDK's own client: the commands and expressions of `shared/aws/items.ts` on its one
 * table, with the capacity that each consumes. Commands never overlap, so transactions never collide.
 */
export function createMemoryDynamoDb(options: MemoryDynamoDbOptions): DynamoDBClient {
  const table = new MemoryTable(options);
  const client = new DynamoDBClient({
    region: "memory",
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
  });
  client.middlewareStack.add(
    (_next, { commandName = "" }) =>
      async ({ input }) => ({
        response: undefined,
        output: Object.assign(table.run(commandName, input as never), { $metadata: {} }),
      }),
    { step: "initialize" },
  );
  return client;
}

class MemoryTable {
  readonly #items = new Map<string, AttributeMap>();
  readonly #options: MemoryDynamoDbOptions;

  constructor(options: MemoryDynamoDbOptions) {
    this.#options = options;
  }

  run(command: string, input: Record<string, unknown>): object {
    const consumed: Consumed[] = [];
    try {
      if (command === "GetItemCommand") return this.#get(input as never, consumed);
      if (command === "BatchGetItemCommand") return this.#getAll(input as never, consumed);
      if (command === "QueryCommand") return this.#query(input as never, consumed);
      if (command === "UpdateItemCommand") return this.#write([{ Update: input as never }], consumed);
      if (command === "DeleteItemCommand") return this.#write([{ Delete: input as never }], consumed);
      if (command === "TransactWriteItemsCommand") return this.#write(input.TransactItems as never, consumed, true);
      throw new Error(`the DynamoDB in memory knows no ${command}`);
    } finally {
      this.#options.onConsumed?.(command, consumed);
    }
  }

  #get({ Key }: { readonly Key: AttributeMap }, consumed: Consumed[]): { readonly Item: AttributeMap | undefined } {
    const Item = this.#items.get(idOf(Key));
    const units = readUnits(Item ? itemBytes(Item) : 0, true);
    consumed.push({ kind: "read", index: "main", partition: Key.pk!.S!, units });
    return { Item };
  }

  #getAll({ RequestItems }: BatchGetItemCommandInput, consumed: Consumed[]): object {
    const found = Object.entries(RequestItems ?? {}).map(([name, { Keys = [] }]) => [
      name,
      Keys.map((Key) => this.#get({ Key }, consumed).Item).filter((item) => item !== undefined),
    ]);
    return { Responses: Object.fromEntries(found), UnprocessedKeys: {} };
  }

  #query(input: QueryCommandInput, consumed: Consumed[]): object {
    const index = (input.IndexName ?? "main") as keyof typeof keyAttributes;
    const { partition, sort } = keyAttributes[index];
    const value = input.ExpressionAttributeValues?.[":partition"]?.S ?? "";
    const inRange = rangeOf(input, sort);
    const isForward = input.ScanIndexForward !== false;
    const order = (a: AttributeMap, b: AttributeMap) =>
      (isForward ? 1 : -1) * (compare(a[sort]!, b[sort]!) || compare(a.pk!, b.pk!) || compare(a.sk!, b.sk!));
    const projection = index === "main" ? "ALL" : this.#options.projections[index];
    const start = input.ExclusiveStartKey;
    if (start && !inRange(start)) {
      const message = "The provided starting key is outside query boundaries based on provided conditions";
      throw new DynamoDBServiceException({ ...metadata, name: "ValidationException", message });
    }
    const found = [...this.#items.values()]
      .flatMap((item): AttributeMap[] =>
        index === "main" ? [item] : [indexEntry(item, index, projection) ?? []].flat(),
      )
      .filter((item) => item[partition]?.S === value && inRange(item) && (!start || order(item, start) > 0))
      .sort(order);
    const page = found.slice(0, input.Limit);
    const bytes = page.reduce((sum, item) => sum + itemBytes(item), 0);
    consumed.push({ kind: "read", index, partition: value, units: readUnits(bytes, index === "main") });
    return { Items: page, LastEvaluatedKey: page.length < found.length ? page.at(-1) : undefined };
  }

  #write(actions: readonly TransactWriteItem[], consumed: Consumed[], isTransaction = false): object {
    const changes = actions.map((action) => {
      const write: Write = (action.Update ?? action.Delete ?? action.ConditionCheck)!;
      const before = this.#items.get(idOf(write.Key!));
      const holdsNow = write.ConditionExpression === undefined || holds(write.ConditionExpression, write, before);
      return { action, write, before, holdsNow };
    });
    const refused = changes.some(({ holdsNow }) => !holdsNow);
    // All of them before any is stored: an update of the wrong type refuses the whole transaction.
    const outcomes = changes.map(({ action, write, before }) => ({
      write,
      before,
      after: refused ? before : afterOf(action, before),
    }));
    for (const { write, before, after } of outcomes) {
      const bytes = Math.max(before ? itemBytes(before) : 0, after ? itemBytes(after) : 0);
      const units = writeUnits(bytes) * (isTransaction ? 2 : 1);
      consumed.push({ kind: "write", index: "main", partition: write.Key!.pk!.S!, units });
      for (const index of refused ? [] : indexNames) {
        const writes = indexWrites(index, this.#options.projections[index], before, after);
        consumed.push(...writes.map((one) => ({ kind: "write", index, ...one }) as const));
      }
      if (after === undefined) this.#items.delete(idOf(write.Key!));
      else this.#items.set(idOf(write.Key!), after);
    }
    if (!refused) return {};
    if (!isTransaction) {
      const Item = actions[0]?.Update?.ReturnValuesOnConditionCheckFailure && changes[0]?.before;
      throw new ConditionalCheckFailedException({ ...metadata, message: "The conditional request failed", Item });
    }
    const CancellationReasons = changes.map(({ holdsNow }) => ({ Code: holdsNow ? "None" : "ConditionalCheckFailed" }));
    throw new TransactionCanceledException({ ...metadata, message: "Transaction cancelled", CancellationReasons });
  }
}

function afterOf({ Update, Delete }: TransactWriteItem, before: AttributeMap | undefined): AttributeMap | undefined {
  if (Delete) return undefined;
  return Update ? applyUpdate(Update as Update & { UpdateExpression: string }, before) : before;
}

function idOf({ pk, sk }: AttributeMap): string {
  return JSON.stringify([pk?.S, sk?.S]);
}
