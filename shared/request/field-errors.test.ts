import { expect, it } from "vitest";
import * as z from "zod";
import { InvalidRequestError, parseFields } from "./field-errors.ts";

const schema = z.strictObject({
  n: z.int().min(1).max(4).optional(),
  scale: z.number().gt(0).optional(),
  text: z.string().min(1).max(3).optional(),
  kind: z.enum(["a", "b"]).optional(),
  only: z.literal("x").optional(),
  on: z.boolean().optional(),
  list: z
    .array(z.object({ id: z.string() }))
    .max(2)
    .optional(),
  code: z.string().regex(/^\d+$/, "must be digits").optional(),
  one: z.array(z.string()).min(1).optional(),
  table: z.record(z.string().max(2), z.string()).optional(),
});

function errorsOf(value: unknown, explain?: Parameters<typeof parseFields>[2]) {
  try {
    parseFields(schema, value, explain);
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.errors;
    throw error;
  }
  return [];
}

it.each([
  [{ n: "1" }, "n", 'n must be a number, got "1"'],
  [{ n: 1.5 }, "n", "n must be a whole number, got 1.5"],
  [{ n: 0 }, "n", "n must be at least 1, got 0"],
  [{ n: 1e300 }, "n", "n must be at most 4, got 1e+300"],
  [{ scale: 0 }, "scale", "scale must be above 0, got 0"],
  [{ text: "" }, "text", "text must have at least 1 character, got 0"],
  [{ text: "abcd" }, "text", "text must have at most 3 characters, got 4"],
  [{ kind: "c" }, "kind", 'kind must be one of a, b, got "c"'],
  [{ only: null }, "only", "only must be x, got null"],
  [{ on: {} }, "on", "on must be true or false, got an object"],
  [{ list: "a" }, "list", 'list must be a list, got "a"'],
  [{ list: [{}] }, "list.0.id", "list.0.id is required"],
  [{ one: [] }, "one", "one must have at least 1 entry, got 0"],
  [{ list: [{ id: "a" }, { id: "b" }, { id: "c" }] }, "list", "list must have at most 2 entries, got 3"],
  [{ code: "x" }, "code", 'code must be digits, got "x"'],
  [{ table: { abc: "x" } }, "table.abc", "table.abc has a name that must have at most 2 characters, got 3"],
  [[], "body", "body must be an object, got a list"],
  [undefined, "body", "body must be an object, got nothing"],
  [{ n: "y".repeat(100) }, "n", `n must be a number, got "${"y".repeat(56)}...`],
])("explains case %#", (value, param, message) => {
  expect(errorsOf(value)).toMatchObject([{ param, code: "invalid_value", message }]);
});

it("names unknown fields, in the caller's words where it has some", () => {
  expect(errorsOf({ colour: 1 })).toMatchObject([
    { param: "colour", code: "unknown_field", message: "unknown field colour" },
  ]);
  const better = { param: "colour", code: "unsupported", message: "there are no colours" };
  expect(errorsOf({ colour: 1 }, () => better)).toEqual([better]);
});

it("lists every wrong field once, twenty at most, and leads with the first", () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, 1]));
  expect(errorsOf(many)).toHaveLength(20);
  const both = () => parseFields(schema, { n: 0, text: "" });
  expect(both).toThrow(
    expect.objectContaining({ param: "n", message: "n must be at least 1, got 0 (and 1 more in errors)" }),
  );
});
