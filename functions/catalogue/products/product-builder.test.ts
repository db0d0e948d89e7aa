import { describe, expect, it } from "vitest";
import { catalogueLimits } from "../limits.ts";
import { Warnings } from "../problems/warnings.ts";
import { type ExportProfile, genericProfile } from "../profiles/profile.ts";
import type { CatalogueRecord } from "../tables/catalogue-table.ts";
import type { ProductRow } from "./product.ts";
import { ProductBuilder } from "./product-builder.ts";
import { RowRules } from "./row-rules.ts";

const columns = ["sku", "key", "title", "type"];
const parents = { column: "type", values: ["parent"] };
const profile: ExportProfile = { ...genericProfile, sku: ["sku"], key: ["key"], parents };

type Inherit = NonNullable<ExportProfile["inherit"]>;
type Cells = readonly [sku: string, key: string, title: string, type: string];

/** What becomes of rows, the first of which is on line 2. */
function build(rows: readonly Cells[], inherit: Inherit = "none", changes: { limit?: number; suffix?: boolean } = {}) {
  const { limit = 100, suffix = false } = changes;
  const warnings = new Warnings();
  const rules = new RowRules({ columns, profile, mapping: { sku: "sku", title: "title" }, isImageAsked: false });
  const limits = { ...catalogueLimits, products: limit };
  const duplicates = suffix ? "suffix" : "refuse";
  const builder = new ProductBuilder({ rules, columns, inherit, duplicates, warnings, limits });
  const records = rows.map((cells, index): CatalogueRecord => ({ line: index + 2, cells }));
  const made = [...records.flatMap((record) => [...builder.add(record)]), ...builder.end()];
  return { builder, warnings, made: made.map(shown) };
}

const shown = (row: ProductRow) =>
  "product" in row
    ? `${row.product.index} ${row.product.sku}: ${row.product.fields.title ?? ""}`
    : `line ${row.refused.line}: ${row.refused.problem.code}`;

describe("ProductBuilder", () => {
  it("refuses a SKU that comes again with other values, drops one with the same, and counts both", () => {
    const rows: Cells[] = [
      ["A", "", "one", ""],
      ["A", "", "two", ""],
      ["A", "", "one", ""],
      ["B", "", "one", ""],
    ];
    const { made, builder, warnings } = build(rows);
    expect(made).toEqual(["0 A: one", "line 3: duplicate_sku", "1 B: one"]);
    expect(builder.refused).toEqual({ duplicate_sku: 1 });
    expect(warnings.list()).toMatchObject([{ code: "duplicate_rows", lines: [4] }]);
  });

  it("finds a number for an equal SKU that no product has", () => {
    const rows: Cells[] = [
      ["A-2", "", "one", ""],
      ["A", "", "two", ""],
      ["A", "", "three", ""],
    ];
    expect(build(rows, "none", { suffix: true }).made).toEqual(["0 A-2: one", "1 A: two", "2 A-3: three"]);
  });

  it("fills a child from a parent that comes behind it; a parent without children is a product, after the rest", () => {
    const rows: Cells[] = [
      ["lone", "", "Lone", "parent"],
      ["red", "vase", "", ""],
      ["stray", "gone", "", ""],
      ["vase", "", "Vase", "parent"],
      ["blue", "vase", "Blue one", ""],
    ];
    const { made, builder } = build(rows, "parent");
    expect(made).toEqual(["0 blue: Blue one", "1 red: Vase", "2 stray: ", "3 lone: Lone"]);
    expect(builder.skipped).toEqual({ parent: 1 });
  });

  it("fills rows from the first one of their key, which is forgotten after 64 other keys", () => {
    const others = (count: number) => Array.from({ length: count }, (_, n): Cells => [`o${n}`, `k${n}`, "x", ""]);
    const around = (count: number): Cells[] => [["a", "vase", "Vase", ""], ...others(count), ["b", "vase", "", ""]];
    expect(build(around(63), "first").made.at(-1)).toBe("64 b: Vase");
    expect(build(around(64), "first").made.at(-1)).toBe("65 b: ");
  });

  it("refuses more rows than products, also where they only wait for their parents", () => {
    const rows: Cells[] = [
      ["a", "vase", "", ""],
      ["b", "vase", "", ""],
      ["c", "vase", "", ""],
    ];
    for (const inherit of ["none", "parent"] as const) {
      const refused = expect.objectContaining({ code: "too_many_products" });
      expect(() => build(rows, inherit, { limit: 2 }), inherit).toThrow(refused);
      expect(build(rows, inherit, { limit: 3 }).made).toHaveLength(3);
    }
  });
});
