import type { AttributeValue, Update } from "@aws-sdk/client-dynamodb";
import type { AttributeMap } from "./dynamodb-capacity.ts";

/**
 * The expressions that `shared/aws/` writes, evaluated: `SET path = value`, `SET path = if_not_exists(path, value) +
 * value`, `REMOVE path`, conditions of existence and comparison joined by `AND`, and the ranges of queries. A path is
 * an attribute or a field of a map in it.
 */
export interface Expression {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

const path = "[#\\w]+(?:\\.#\\w+)?";
const assignment = new RegExp(`^(${path}) = (?:if_not_exists\\((${path}), (:\\w+)\\) \\+ (:\\w+)|(:\\w+))(?:, |$)`);

export function applyUpdate(
  update: Update & { UpdateExpression: string },
  before: AttributeMap | undefined,
): AttributeMap {
  const [, sets = "", removes = ""] = /^SET (.*?)(?: REMOVE (.*))?$/.exec(update.UpdateExpression) ?? [];
  const after: Record<string, AttributeValue> = structuredClone({ ...update.Key, ...before });
  const operand = (name: string) => update.ExpressionAttributeValues![name]!;
  for (let rest = sets; rest !== ""; ) {
    const found = assignment.exec(rest);
    if (found === null) throw new Error(`no assignment: ${rest}`);
    rest = rest.slice(found[0].length);
    const [, target = "", counted, start, amount, given] = found;
    if (given !== undefined) assign(after, namesOf(target, update), operand(given));
    else {
      const old = find(before, namesOf(counted!, update)) ?? operand(start!);
      if (old.N === undefined) throw new TypeError(`An operand in the update expression has an incorrect data type`);
      assign(after, namesOf(target, update), { N: String(Number(old.N) + Number(operand(amount!).N)) });
    }
  }
  for (const name of removes.split(", ").filter(Boolean)) delete after[namesOf(name, update)[0]!];
  return after;
}

export function holds(condition: string, expression: Expression, item: AttributeMap | undefined): boolean {
  return condition.split(" AND ").every((part) => {
    const [, existence, name] = /^attribute_(not_exists|exists)\((.*)\)$/.exec(part) ?? [];
    if (name !== undefined) return (item?.[name] !== undefined) === (existence === "exists");
    const [left = "", operator, right = ""] = part.split(" ");
    const value = find(item, namesOf(left, expression));
    const other = expression.ExpressionAttributeValues?.[right];
    if (value?.N === undefined || other?.N === undefined) return false;
    const difference = Number(value.N) - Number(other.N);
    return operator === "=" ? difference === 0 : operator === ">=" ? difference >= 0 : difference <= 0;
  });
}

/** Whether an item lies in the range of a query's sort key. */
export function rangeOf(
  query: Expression & { readonly KeyConditionExpression?: string | undefined },
  sort: string,
): (item: AttributeMap) => boolean {
  const values = query.ExpressionAttributeValues ?? {};
  return (item) => {
    const value = item[sort];
    if (value === undefined) return false;
    const [from, to, prefix] = [values[":from"], values[":to"], values[":prefix"]];
    if (prefix !== undefined && !value.S!.startsWith(prefix.S!)) return false;
    return (from === undefined || compare(value, from) >= 0) && (to === undefined || compare(value, to) <= 0);
  };
}

/** Numbers by size, strings by their bytes. */
export function compare(a: AttributeValue, b: AttributeValue): number {
  if (a.N !== undefined && b.N !== undefined) return Number(a.N) - Number(b.N);
  return Buffer.compare(Buffer.from(a.S ?? ""), Buffer.from(b.S ?? ""));
}

function namesOf(text: string, { ExpressionAttributeNames = {} }: Expression): string[] {
  return text.split(".").map((name) => ExpressionAttributeNames[name] ?? name);
}

function find(item: AttributeMap | undefined, [name, field]: readonly string[]): AttributeValue | undefined {
  const value = item?.[name!];
  return field === undefined ? value : value?.M?.[field];
}

function assign(item: Record<string, AttributeValue>, [name, field]: readonly string[], value: AttributeValue): void {
  if (field === undefined) item[name!] = value;
  else item[name!]!.M![field] = value;
}
