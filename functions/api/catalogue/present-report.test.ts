import { expect, it } from "vitest";
import { catalogueProblem } from "../../catalogue/problems/catalogue-problem.ts";
import { Warnings } from "../../catalogue/problems/warnings.ts";
import type { CatalogueReport, PhotoReference, Product } from "../../catalogue/products/product.ts";
import { presentProblem, presentReport } from "./present-report.ts";
import { runReportSchema } from "./run-report-responses.ts";

function reportOf(changes: Partial<CatalogueReport> = {}): CatalogueReport {
  return {
    file: {
      kind: "jsonl",
      headerRows: [],
      columns: ["sku"],
      records: 1,
      dropped: { blank: 0, aboveHeader: 0, totals: 0 },
      isRagged: false,
      warnings: [],
    },
    profile: { id: "generic", name: "A table", confidence: 0 },
    products: 1,
    refused: {},
    skipped: {},
    mapping: [],
    names: [],
    warnings: [],
    sampleProducts: [],
    needsAcceptance: false,
    ...changes,
  };
}

it("says null where the file has no such thing, and is as its schema says", () => {
  const presented = presentReport(reportOf({ mapping: [{ field: "title", samples: [], others: [] }] }));
  expect(presented).toMatchObject({
    file: { encoding: null, delimiter: null, sheet: null, sheets: [] },
    mapping: [{ field: "title", column: null, chosen_by: null }],
  });
  expect(runReportSchema.parse(presented)).toEqual(presented);
});

it("shows of each sample product where its photo is", () => {
  const photos: (PhotoReference | undefined)[] = [
    { from: "url", url: "https://x/a.jpg" },
    { from: "file", fileId: "file-01JZ0000000000000000000000" },
    { from: "name", name: "a.jpg" },
    { from: "cell", entry: "xl/media/image1.png" },
    undefined,
  ];
  const sampleProducts = photos.map((photo, index): Product => {
    return { index, line: index + 2, sku: `N-${index}`, fields: { title: "Vase" }, cells: { title: "Vase" }, photo };
  });
  expect(presentReport(reportOf({ sampleProducts })).sample_products.map(({ photo }) => photo)).toEqual([
    "https://x/a.jpg",
    "file-01JZ0000000000000000000000",
    "a.jpg",
    "in its cell",
    null,
  ]);
});

it("tells warnings and problems in both languages, and columns that fit without their weights", () => {
  const warnings = new Warnings();
  warnings.add("not_an_object", 2);
  warnings.add("not_an_object", 5);
  const others = [{ column: "name", score: 4, samples: ["Vase"] }];
  const report = reportOf({
    warnings: warnings.list(),
    mapping: [{ field: "title", column: "title", samples: ["Cup"], chosenBy: "caller", others }],
  });
  const { warnings: told, mapping } = presentReport(report);
  expect(told).toEqual([
    {
      code: "not_an_object",
      count: 2,
      lines: [2, 5],
      message: expect.stringContaining("2 lines"),
      message_zh: expect.stringContaining("2 行"),
    },
  ]);
  expect(mapping[0]!.others).toEqual([{ column: "name", samples: ["Vase"] }]);
  expect(presentProblem(catalogueProblem("file_empty"))).toMatchObject({
    code: "file_empty",
    line: null,
    column: null,
  });
});
