import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Json } from "../ports/items.ts";

/** JSON as DynamoDB's typed values; `undefined` properties are left out, as in JSON text. */
export function toAttributeValue(value: Json): AttributeValue {
  if (value === null) return { NULL: true };
  if (typeof value === "boolean") return { BOOL: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "string") return { S: value };
  if (isList(value)) return { L: value.map(toAttributeValue) };
  const entries = Object.entries(value).flatMap(([key, part]) =>
    part === undefined ? [] : [[key, toAttributeValue(part)] as const],
  );
  return { M: Object.fromEntries(entries) };
}

export function fromAttributeValue(value: AttributeValue): Json {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL !== undefined) return null;
  if (value.L !== undefined) return value.L.map(fromAttributeValue);
  if (value.M !== undefined) {
    return Object.fromEntries(Object.entries(value.M).map(([key, part]) => [key, fromAttributeValue(part)]));
  }
  throw new Error(`an item holds a DynamoDB value that JSON has not: ${Object.keys(value).join(", ")}`);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
