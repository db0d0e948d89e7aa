import * as z from "zod";

const counts = z.record(z.string(), z.int());

/** What was found in a run's file, and how its columns are understood. */
export const runReportSchema = z
  .object({
    object: z.literal("run.report"),
    file: z.object({
      kind: z.string(),
      encoding: z.string().nullable(),
      delimiter: z.string().nullable(),
      sheet: z.string().nullable(),
      sheets: z.array(z.string()),
      header_rows: z.array(z.int()).describe("Lines of the header, from 1."),
      columns: z.array(z.string()),
      records: z.int(),
    }),
    profile: z.object({ id: z.string(), name: z.string(), confidence: z.number() }),
    products: z.int(),
    refused: counts.describe("Rows that are products and cannot be drawn, by code."),
    skipped: counts.describe("Rows that are no products, by kind."),
    mapping: z.array(
      z.object({
        field: z.string(),
        column: z.string().nullable(),
        samples: z.array(z.string()),
        chosen_by: z.string().nullable(),
        others: z.array(z.object({ column: z.string(), samples: z.array(z.string()) })),
      }),
    ),
    names: z
      .array(z.object({ column: z.string(), name: z.string() }))
      .describe("Names under which templates use the columns."),
    warnings: z.array(
      z.object({
        code: z.string(),
        count: z.int(),
        lines: z.array(z.int()),
        message: z.string(),
        message_zh: z.string(),
      }),
    ),
    sample_products: z.array(
      z.object({
        line: z.int(),
        sku: z.string(),
        fields: z.record(z.string(), z.string()),
        photo: z.string().nullable(),
      }),
    ),
    needs_acceptance: z.boolean(),
  })
  .meta({ id: "RunReport" });

export const runProblemSchema = z.object({
  code: z.string(),
  message: z.string(),
  message_zh: z.string(),
  line: z.int().nullable(),
  column: z.string().nullable(),
});
