import { expect, it } from "vitest";
import { InvalidInputError } from "../../../shared/errors.ts";
import { CatalogueError, catalogueProblem, shortened } from "./catalogue-problem.ts";
import { problemMessages } from "./problem-messages.ts";
import { Warnings } from "./warnings.ts";

it("says code, line, value and remedy in both languages", () => {
  const { problem, message, code } = new CatalogueError("cell_too_large", {
    line: 12345,
    limit: 1_000_000,
    value: "<p>",
  });
  expect(code).toBe("cell_too_large");
  expect(message).toBe(problem.message.en);
  expect(problem).toMatchObject({ code: "cell_too_large", line: 12345, value: "<p>" });
  expect(problem.message.en).toContain("line 12345 holds a cell of more than 1,000,000 characters, beginning <p>");
  expect(problem.message.zh).toContain("第 12345 行有一个单元格超过 1,000,000 个字符");
  expect(new CatalogueError("file_empty")).toBeInstanceOf(InvalidInputError);
});

it("has the same places in both languages of every message", () => {
  const places = (text: string) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();
  for (const [code, { en, zh }] of Object.entries(problemMessages)) expect(places(zh), code).toEqual(places(en));
});

it("shows a long or invisible value short and visible", () => {
  expect(shortened("a\u0000b\u202e")).toBe("a\\u0000b\\u202e");
  expect(shortened("x".repeat(100))).toBe(`${"x".repeat(80)}…`);
  expect(shortened(`${"x".repeat(79)}😀`)).toBe(`${"x".repeat(79)}…`);
  expect(catalogueProblem("sku_missing", { line: 3, column: "SKU" }).message.en).toBe(
    "line 3 has no SKU in column SKU; fill it in",
  );
});

it("keeps twenty lines of a warning and the number of all", () => {
  const warnings = new Warnings();
  for (let line = 1; line <= 25; line++) warnings.add("ragged_rows", line, { limit: 3 });
  warnings.describe("ragged_rows", { records: 40 });
  const [warning] = warnings.list();
  expect(warning).toMatchObject({ code: "ragged_rows", count: 25, lines: Array.from({ length: 20 }, (_, i) => i + 1) });
  expect(warning!.message.en).toContain("25 of 40 rows do not have the 3 cells");
});
