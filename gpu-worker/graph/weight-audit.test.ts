import { expect, it } from "vitest";
import { auditWeights } from "./weight-audit.ts";

const stored = new Map([
  ["a", [2, 3]],
  ["b", [4]],
]);
const a = { name: "a", dims: [2, 3] };
const b = { name: "b", dims: [4] };

it.each([
  ["all is read once", [a, b], []],
  ["a tensor is not read", [a], ["b [4] is read 0 times, expected once"]],
  ["a tensor is read twice", [a, b, b], ["b [4] is read 2 times, expected once"]],
  [
    "a tensor is read in another shape",
    [{ name: "a", dims: [3, 2] }, b],
    ["a is read as [3, 2], but stored as [2, 3]"],
  ],
  ["a tensor does not exist", [a, b, { name: "c", dims: [] }], ["c [] is read, but the checkpoint has no such tensor"]],
])("says so when %s", (_, reads, problems) => {
  expect(auditWeights(reads, stored)).toEqual(problems);
});

it("wants known unused tensors unread", () => {
  const isUnused = (name: string) => name === "b";
  expect(auditWeights([a], stored, isUnused)).toEqual([]);
  expect(auditWeights([a, b], stored, isUnused)).toEqual(["b [4] is read, but known to be unused"]);
});
