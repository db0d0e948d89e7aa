import { expect, it } from "vitest";
import { SizeSources } from "./size-sources.ts";

it("reads a symbolic size from the first value that has it, and never from a fixed axis", () => {
  const sources = new SizeSources();
  const first = { name: "first", dtype: "float32", dims: [2, "S"] } as const;
  const second = { name: "second", dtype: "float32", dims: ["S", "B"] } as const;
  sources.add(first);
  sources.add(second);
  expect(sources.find("S")).toEqual({ value: first, axis: 1 });
  expect(sources.find("B")).toEqual({ value: second, axis: 1 });
  expect(() => sources.find("2")).toThrow("no value has an axis of 2; known: S, B");
});
