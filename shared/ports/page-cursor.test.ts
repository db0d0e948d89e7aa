import { expect, it } from "vitest";
import { decodeCursor, encodeCursor } from "./page-cursor.ts";

it("comes back as it was, and can stand in a URL", () => {
  const position = ["2026-01-01?#/ü", 5];
  const cursor = encodeCursor(position);
  expect(encodeURIComponent(cursor)).toBe(cursor);
  expect(decodeCursor(cursor, ["string", "number"])).toEqual(position);
});

it.each([
  ["text that is no JSON", "xyz"],
  ["nothing", ""],
  ["another value", encodeCursor("a" as unknown as [])],
  ["too few parts", encodeCursor(["a"])],
  ["too many parts", encodeCursor(["a", 1, 2])],
  ["parts of another type", encodeCursor([1, "a"])],
])("refuses %s", (_, cursor) => {
  expect(() => decodeCursor(cursor, ["string", "number"])).toThrow(
    expect.objectContaining({ code: "invalid_cursor", param: "cursor" }),
  );
});
