import { expect, it } from "vitest";
import { findBytes } from "./find-bytes.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

it.each([
  ["a fox", "fox", 0, 2],
  ["a fox", "a", 0, 0],
  ["a fox", "a", 1, -1],
  ["aaaaab", "aab", 0, 3],
  ["fo", "fox", 0, -1],
  ["", "fox", 0, -1],
  [`${"a".repeat(200)}b`, "ab", 0, 199],
])("in %j, %j from %i on", (text, wanted, from, place) => {
  expect(findBytes(bytes(text), bytes(wanted), from)).toBe(place);
});
