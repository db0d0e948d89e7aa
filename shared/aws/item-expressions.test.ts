import { expect, it } from "vitest";
import type { Write } from "../ports/items.ts";
import { toAction, toItem } from "./item-expressions.ts";

/** An action's expressions with their placeholders filled in. */
function written(write: Write, guess: "present" | "absent" = "present") {
  const action = toAction("table", write, { guess });
  const [[kind, given]] = Object.entries(action) as [[string, { [name: string]: unknown }]];
  const { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} } = given as {
    ExpressionAttributeNames?: { [placeholder: string]: string };
    ExpressionAttributeValues?: { [placeholder: string]: object };
  };
  const fill = (text: unknown) =>
    text === undefined
      ? undefined
      : String(text)
          .replace(/#n\d+/g, (name) => names[name]!)
          .replace(/:v\d+/g, (value) => JSON.stringify(Object.values(values[value]!)[0]));
  return { kind, update: fill(given.UpdateExpression), condition: fill(given.ConditionExpression) };
}

const key = { pk: "p", sk: "s" };
const raised = 'version = if_not_exists(version, "0") + "1"';

it("replaces an item with all its attributes, and removes those it has not", () => {
  expect(written({ put: { ...key, gpk: "g", gsk: "h", data: { a: 1 } }, if: { version: 3 } })).toEqual({
    kind: "Update",
    update: `SET ${raised}, data = {"a":{"N":"1"}}, gpk = "g", gsk = "h" REMOVE duePk, dueAt, exp`,
    condition: 'version = "3"',
  });
});

it("adds to an item that is there, and makes one that is not", () => {
  const add = { add: key, amounts: { a: 2, b: -1 } };
  const sum = (name: string, amount: number) => `data.${name} = if_not_exists(data.${name}, "0") + "${amount}"`;
  expect(written(add)).toMatchObject({
    update: `SET ${sum("a", 2)}, ${sum("b", -1)}, ${raised}`,
    condition: "attribute_exists(pk)",
  });
  expect(written(add, "absent")).toMatchObject({ condition: "attribute_not_exists(pk)" });
  expect(written({ ...add, if: { attribute: "a", atLeast: 5 } }, "absent").condition, "a condition decides").toBe(
    'data.a >= "5"',
  );
});

it("deletes and checks under a condition, or deletes without one", () => {
  expect(written({ delete: key })).toMatchObject({ kind: "Delete", condition: undefined });
  expect(written({ delete: key, if: { version: 1 } }).condition).toBe('version = "1"');
  expect(written({ check: key, if: { absent: true } })).toMatchObject({
    kind: "ConditionCheck",
    condition: "attribute_not_exists(pk)",
  });
});

it("reads an item back without the attributes it has not", () => {
  const record = {
    pk: { S: "p" },
    sk: { S: "s" },
    version: { N: "2" },
    data: { M: {} },
    dueAt: { N: "7" },
    other: { S: "x" },
  };
  expect(toItem(record)).toEqual({ ...key, version: 2, data: {}, dueAt: 7 });
});
