import type * as z from "zod";
import type { CatalogueProblem, CatalogueWarning } from "../../catalogue/problems/catalogue-problem.ts";
import type { CatalogueReport, PhotoReference } from "../../catalogue/products/product.ts";
import type { runProblemSchema, runReportSchema } from "./run-report-responses.ts";

export function presentReport(report: CatalogueReport): z.infer<typeof runReportSchema> {
  const { file, profile, products, refused, skipped, mapping, names, warnings, sampleProducts } = report;
  return {
    object: "run.report",
    file: {
      kind: file.kind,
      encoding: file.encoding?.name ?? null,
      delimiter: file.delimiter ?? null,
      sheet: file.sheet ?? null,
      sheets: (file.sheets ?? []).map(({ name }) => name),
      header_rows: [...file.headerRows],
      columns: [...file.columns],
      records: file.records,
    },
    profile,
    products,
    refused,
    skipped,
    mapping: mapping.map(({ field, column, samples, chosenBy, others }) => ({
      field,
      column: column ?? null,
      samples: [...samples],
      chosen_by: chosenBy ?? null,
      others: others.map((other) => ({ column: other.column, samples: [...other.samples] })),
    })),
    names: [...names],
    warnings: warnings.map(presentWarning),
    sample_products: sampleProducts.map(({ line, sku, fields, photo }) => ({
      line,
      sku,
      fields: { ...fields },
      photo: photo === undefined ? null : photoText(photo),
    })),
    needs_acceptance: report.needsAcceptance,
  };
}

function photoText(photo: PhotoReference): string {
  if (photo.from === "url") return photo.url;
  if (photo.from === "file") return photo.fileId;
  return photo.from === "name" ? photo.name : "in its cell";
}

function presentWarning({ code, count, lines, message }: CatalogueWarning) {
  return { code, count, lines: [...lines], message: message.en, message_zh: message.zh };
}

export function presentProblem({ code, message, line, column }: CatalogueProblem): z.infer<typeof runProblemSchema> {
  return { code, message: message.en, message_zh: message.zh, line: line ?? null, column: column ?? null };
}
