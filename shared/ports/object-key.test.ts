import { expect, it } from "vitest";
import { checkByteRange, checkObjectKey, checkObjectPrefix } from "./object-key.ts";

it.each(["a", "o/job_1/0-ab.png", "..a/b..", "x".repeat(512)])("takes the key case %#", (key) => {
  expect(() => checkObjectKey(key)).not.toThrow();
});

it.each([
  "",
  "/a",
  "a/",
  "a//b",
  "../a",
  "a/..",
  "a/./b",
  "a b",
  "a\\b",
  "ü",
  "a\n",
  "x".repeat(513),
])("refuses the key case %#", (key) =>
  expect(() => checkObjectKey(key)).toThrow(expect.objectContaining({ code: "invalid_object_key", param: "key" })));

it.each(["", "o/", "o/jo", "o/.."])("takes the prefix %j, with which a key may begin", (prefix) => {
  expect(() => checkObjectPrefix(prefix)).not.toThrow();
});

it.each(["/", "o//", "../", "o/../a"])("refuses the prefix %j", (prefix) => {
  expect(() => checkObjectPrefix(prefix)).toThrow(expect.objectContaining({ code: "invalid_object_key" }));
});

it.each([
  [-1, 0],
  [1, 0],
  [0.5, 1],
  [0, Number.MAX_SAFE_INTEGER + 1],
])("refuses the range %d to %d", (start, end) => {
  expect(() => checkByteRange(start, end)).toThrow(RangeError);
});

it("takes a range of one byte", () => expect(() => checkByteRange(3, 3)).not.toThrow());
