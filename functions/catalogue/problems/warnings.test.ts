import { expect, it } from "vitest";
import { Warnings } from "./warnings.ts";

it("counts each kind by itself, in the order in which they first came", () => {
  const warnings = new Warnings();
  warnings.add("renamed_skus", 4);
  warnings.add("duplicate_rows", 5);
  warnings.add("renamed_skus", 9);
  expect(warnings.list()).toMatchObject([
    { code: "renamed_skus", count: 2, lines: [4, 9] },
    { code: "duplicate_rows", count: 1, lines: [5] },
  ]);
  expect([warnings.countOf("renamed_skus"), warnings.countOf("late_fields")]).toEqual([2, 0]);
});

it("goes on counting without a line, and describes nothing that did not happen", () => {
  const warnings = new Warnings();
  warnings.describe("ragged_rows", { records: 9, limit: 3 });
  expect(warnings.list()).toEqual([]);
  warnings.add("hidden_sheets", undefined, { value: "Prices" });
  expect(warnings.list()).toMatchObject([
    { count: 1, lines: [], message: { en: "hidden sheets are not read: Prices" } },
  ]);
});

it("lets a later description win over the first values, and says the number of all", () => {
  const warnings = new Warnings();
  for (let line = 1; line <= 1_234; line++) warnings.add("late_fields", line, { value: "colour" });
  warnings.describe("late_fields", { value: "colour, size" });
  const [{ lines, message }] = warnings.list() as [ReturnType<Warnings["list"]>[number]];
  expect(lines.at(-1)).toBe(20);
  expect(message.en).toMatch(/^1,234 records .*: colour, size$/);
});
