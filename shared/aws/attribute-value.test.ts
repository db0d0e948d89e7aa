import { expect, it } from "vitest";
import { fromAttributeValue, toAttributeValue } from "./attribute-value.ts";

it("keeps every kind of JSON value", () => {
  const value = {
    text: "",
    zero: 0,
    small: 1.5e-7,
    yes: true,
    no: false,
    none: null,
    list: [1, ["a"], {}],
    nested: { a: {} },
  };
  expect(fromAttributeValue(toAttributeValue(value))).toEqual(value);
});

it("writes numbers as DynamoDB takes them, and leaves undefined out", () => {
  expect(toAttributeValue({ n: 1e21, gone: undefined })).toEqual({ M: { n: { N: "1e+21" } } });
});

it("refuses a kind that JSON has not, by name", () => {
  expect(() => fromAttributeValue({ SS: ["a"] })).toThrow("a DynamoDB value that JSON has not: SS");
});
