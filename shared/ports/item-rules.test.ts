import { describe, expect, it } from "vitest";
import { addedAmounts, checkQuery, checkWrites, cursorAfter } from "./item-rules.ts";
import type { ItemInput, Write } from "./items.ts";

const key = { pk: "p", sk: "s" };
const put = (item: Partial<ItemInput> = {}): Write => ({ put: { ...key, data: {}, ...item } });

describe("writes", () => {
  it.each([
    ["none", [], "1 to 100 writes, got 0"],
    ["too many", Array.from({ length: 101 }, (_, i) => put({ sk: String(i) })), "got 101"],
    ["one key twice", [put(), { delete: key }], "appears twice"],
    ["an empty key", [put({ pk: "" })], "pk must be 1 to 2048 bytes"],
    [
      "a long sort key",
      [put({ sk: "ü".repeat(513) })],
      "sk must be 1 to 1024 bytes of well-formed text without NUL, got 1026",
    ],
    ["a NUL", [put({ sk: "a\0" })], "without NUL"],
    ["half a surrogate pair", [put({ sk: "\ud800" })], "well-formed"],
    ["half an index", [put({ gpk: "g" })], "gpk and gsk go together"],
    ["half of the other", [put({ dueAt: 1 })], "duePk and dueAt go together"],
    ["a number that JSON loses", [put({ data: { a: [{ b: Number.NaN }] } })], "b must be 0 or a number"],
    ["a number that DynamoDB loses", [put({ data: { a: 1e126 } })], "1e-130 to 1e126"],
    ["a time that is none", [put({ exp: Number.POSITIVE_INFINITY })], "exp must be 0 or a number"],
    ["an item too large", [put({ data: { a: "x".repeat(350_000) } })], "at most 350000; keep big values in objects"],
    [
      "a transaction too large",
      Array.from({ length: 12 }, (_, i) => put({ sk: String(i), data: { a: "x".repeat(349_900) } })),
      "takes 4000000 bytes",
    ],
    ["an add of nothing", [{ add: key, amounts: {} }], "at least one attribute"],
    ["an add of no number", [{ add: key, attribute: "a", amount: Number.NaN }], "amount of a"],
    [
      "a condition on no number",
      [{ check: key, if: { attribute: "a", atLeast: Number.NaN } }],
      "a must be 0 or a number",
    ],
  ] as [string, Write[], string][])("are refused for %s", (_, writes, message) => {
    expect(() => checkWrites(writes)).toThrow(message);
  });

  it("pass with all that an item may have", () => {
    const whole = { gpk: "g", gsk: "h", duePk: "d", dueAt: 0, exp: -1.5, data: { a: 1e-130, b: null, c: undefined } };
    expect(() => checkWrites([put(whole), { add: { ...key, sk: "t" }, amounts: { a: 1, b: -1 } }])).not.toThrow();
  });
});

it("reads both forms of an add", () => {
  expect(addedAmounts({ add: key, attribute: "a", amount: 2 })).toEqual({ a: 2 });
  expect(addedAmounts({ add: key, amounts: { a: 2, b: 3 } })).toEqual({ a: 2, b: 3 });
});

describe("queries", () => {
  it.each([
    [{ limit: 0 }, "limit must be 1 to 1000, got 0"],
    [{ limit: 1.5 }, "limit must be 1 to 1000, got 1.5"],
    [{ from: 1 }, "index main is sorted by strings, got 1"],
    [{ index: "due", to: "1" }, 'index due is sorted by numbers, got "1"'],
    [{ index: "due", prefix: "a" }, "prefix is for string indexes"],
    [{ prefix: "a", from: "a" }, "not together with from or to"],
    [{ cursor: "x" }, "the cursor was not made by this list"],
  ] as const)("are refused with %j", (given, message) => {
    expect(() => checkQuery({ index: "main", partition: "p", ...given })).toThrow(message);
  });

  it.each([
    "main",
    "gsi1",
    "due",
  ] as const)("go on behind an item of %s, and not with the cursor of another index", (index) => {
    const item = { ...key, gpk: "g", gsk: "h", duePk: "d", dueAt: 7, data: {}, version: 1 };
    const cursor = cursorAfter(index, item);
    const after = { main: ["s"], gsi1: ["h", "p", "s"], due: [7, "p", "s"] }[index];
    expect(checkQuery({ index, partition: "p", cursor })).toMatchObject({ limit: 100, after });
    const other = index === "due" ? "gsi1" : "due";
    expect(() => checkQuery({ index: other, partition: "p", cursor })).toThrow("the cursor was not made by this list");
  });
});
