import { expect, it } from "vitest";
import { atLeast, property, statementsOf } from "./guarantee.ts";

it("complains of fewer than expected", () => {
  expect(atLeast([], 1, "AWS::SQS::Queue")).toEqual(["1 of AWS::SQS::Queue expected, got 0"]);
  const queue = { id: "Jobs", Type: "AWS::SQS::Queue", Properties: {} };
  expect(atLeast([queue], 1, "AWS::SQS::Queue")).toEqual([]);
});

it("follows a path as far as it goes", () => {
  expect(property({ a: [{ b: 1 }] }, "a", 0, "b")).toBe(1);
  expect(property({ a: [] }, "a", 0, "b")).toBeUndefined();
  expect(statementsOf({})).toEqual([]);
});
