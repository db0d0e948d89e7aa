import { expect, it } from "vitest";
import { catalogueLimits } from "../limits.ts";
import { columnsOf, recordOf } from "./columns-of-objects.ts";
import type { FlatCell } from "./flatten-object.ts";

const cell = (name: string, text = "x", isImprecise = false): FlatCell => ({ name, text, isImprecise });

async function* objects(...names: string[][]) {
  for (const [index, each] of names.entries()) yield { line: index + 1, cells: each.map((name) => cell(name)) };
}

it("names each field once, where it first occurs", async () => {
  expect(await columnsOf(objects(["sku"], ["title", "sku"], [], ["price"]), catalogueLimits)).toEqual([
    "sku",
    "title",
    "price",
  ]);
});

it("refuses objects without fields, and more fields than a table may have, with the line that has one too many", async () => {
  await expect(columnsOf(objects([], []), catalogueLimits)).rejects.toMatchObject({ code: "no_rows" });
  const limits = { ...catalogueLimits, columns: 2 };
  expect(await columnsOf(objects(["a", "b"], ["b", "a"]), limits)).toEqual(["a", "b"]);
  await expect(columnsOf(objects(["a"], ["b"], ["c"]), limits)).rejects.toMatchObject({
    code: "too_many_columns",
    problem: { line: 3 },
  });
});

it("puts values under their columns, and says which numbers lost digits", () => {
  const columns = new Map([
    ["sku", 0],
    ["title", 1],
    ["barcode", 2],
  ]);
  expect(recordOf(7, [cell("barcode", "4006381333931234567", true), cell("sku", "1")], columns)).toEqual({
    line: 7,
    cells: ["1", "", "4006381333931234567"],
    imprecise: [2],
  });
  expect(recordOf(8, [cell("title", "Vase")], columns)).toEqual({ line: 8, cells: ["", "Vase", ""] });
});
