import type { AttributeValue, TransactWriteItem } from "@aws-sdk/client-dynamodb";
import { addedAmounts } from "../ports/item-rules.ts";
import type { Condition, Item, ItemInput, ItemKey, Write } from "../ports/items.ts";
import { fromAttributeValue, toAttributeValue } from "./attribute-value.ts";

/** Attributes of a record beside its key: those of `ItemInput`, and the version. */
const optionalAttributes = ["gpk", "gsk", "duePk", "dueAt", "exp"] as const;

/** Names the last write of an item that went alone. */
export const tokenAttribute = "w";

/**
 * The state that an `add` without a condition assumes. DynamoDB cannot set `data.count` where there is no `data`, so
 * creating and counting up are two different updates; the wrong one is refused and the other one tried.
 */
export type AddGuess = "present" | "absent";

/**
 * One write of the port as one action of a DynamoDB transaction.
 * @param token - left in the item by a `put`
 */
export function toAction(
  table: string,
  write: Write,
  { guess, token }: { readonly guess: AddGuess; readonly token?: string },
): TransactWriteItem {
  const expression = new ExpressionParts();
  if ("check" in write) {
    const check = { TableName: table, Key: toKey(write.check), ConditionExpression: expression.condition(write.if) };
    return { ConditionCheck: { ...check, ...expression.bindings() } };
  }
  if ("delete" in write) {
    const condition = write.if && { ConditionExpression: expression.condition(write.if) };
    return { Delete: { TableName: table, Key: toKey(write.delete), ...condition, ...expression.bindings() } };
  }
  let update: string;
  let condition = write.if;
  if ("put" in write) {
    update = expression.replace(write.put, token);
  } else {
    const amounts = addedAmounts(write);
    const creates = condition ? "absent" in condition : guess === "absent";
    update = creates ? expression.replace({ ...write.add, data: { ...amounts } }) : expression.add(amounts);
    condition ??= creates ? { absent: true } : undefined;
  }
  // Whatever else holds, counting up needs the item to be there.
  const conditionExpression = condition
    ? expression.condition(condition)
    : "add" in write
      ? "attribute_exists(pk)"
      : undefined;
  return {
    Update: {
      TableName: table,
      Key: toKey("put" in write ? write.put : write.add),
      UpdateExpression: update,
      ConditionExpression: conditionExpression || undefined,
      ...expression.bindings(),
    },
  };
}

export function toKey({ pk, sk }: ItemKey): Record<string, AttributeValue> {
  return { pk: { S: pk }, sk: { S: sk } };
}

export function toItem(record: Record<string, AttributeValue>): Item {
  const { pk, sk, version, data, ...rest } = Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, fromAttributeValue(value)]),
  );
  const optional = Object.fromEntries(optionalAttributes.flatMap((name) => (name in rest ? [[name, rest[name]]] : [])));
  return { pk, sk, ...optional, version, data } as Item;
}

/** Collects names and values while expressions are written. Every name has a placeholder: many are reserved words. */
class ExpressionParts {
  readonly #names: Record<string, string> = {};
  readonly #values: Record<string, AttributeValue> = {};

  condition(condition: Condition): string {
    if ("absent" in condition) return "attribute_not_exists(pk)";
    if ("version" in condition) return `${this.#name("version")} = ${this.#number(condition.version)}`;
    if ("every" in condition) return condition.every.map((each) => this.condition(each)).join(" AND ");
    const path = `${this.#name("data")}.${this.#name(condition.attribute)}`;
    return "atLeast" in condition
      ? `${path} >= ${this.#number(condition.atLeast)}`
      : `${path} <= ${this.#number(condition.atMost)}`;
  }

  /** An update rather than a put: only an update can raise the version of a record that was not read. */
  replace(input: ItemInput, token?: string): string {
    const set = [this.#raiseVersion(), `${this.#name("data")} = ${this.#value(toAttributeValue(input.data))}`];
    if (token !== undefined) set.push(`${this.#name(tokenAttribute)} = ${this.#value({ S: token })}`);
    const remove: string[] = [];
    for (const name of optionalAttributes) {
      const value = input[name];
      if (value === undefined) remove.push(this.#name(name));
      else set.push(`${this.#name(name)} = ${this.#value(toAttributeValue(value))}`);
    }
    return `SET ${set.join(", ")}${remove.length > 0 ? ` REMOVE ${remove.join(", ")}` : ""}`;
  }

  add(amounts: { readonly [attribute: string]: number }): string {
    const sums = Object.entries(amounts).map(([attribute, amount]) => {
      const path = `${this.#name("data")}.${this.#name(attribute)}`;
      return `${path} = if_not_exists(${path}, ${this.#number(0)}) + ${this.#number(amount)}`;
    });
    return `SET ${[...sums, this.#raiseVersion()].join(", ")}`;
  }

  bindings(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Record<string, AttributeValue>;
  } {
    return {
      ExpressionAttributeNames: Object.keys(this.#names).length > 0 ? this.#names : undefined,
      ExpressionAttributeValues: Object.keys(this.#values).length > 0 ? this.#values : undefined,
    };
  }

  #raiseVersion(): string {
    const version = this.#name("version");
    return `${version} = if_not_exists(${version}, ${this.#number(0)}) + ${this.#number(1)}`;
  }

  #name(attribute: string): string {
    const known = Object.entries(this.#names).find(([, name]) => name === attribute);
    if (known) return known[0];
    const placeholder = `#n${Object.keys(this.#names).length}`;
    this.#names[placeholder] = attribute;
    return placeholder;
  }

  #number(value: number): string {
    return this.#value({ N: String(value) });
  }

  #value(value: AttributeValue): string {
    const placeholder = `:v${Object.keys(this.#values).length}`;
    this.#values[placeholder] = value;
    return placeholder;
  }
}
