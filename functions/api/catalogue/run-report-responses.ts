import * as z from "zod";
import { shotSchema } from "../../catalogue/plan/shots.ts";

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

const text = z.string().nullable();

export const runPreviewSchema = z
  .object({
    object: z.literal("list"),
    data: z.array(
      z.object({
        sku: z.string(),
        shot: z.string(),
        line: z.int(),
        status: z.enum(["draw", "unchanged", "failed", "skipped"]),
        change: text.describe("Why it would be drawn: fresh, prompt, photo, settings or redrawn."),
        prompt: text,
        alt: text,
        files: z.array(z.string()).describe("Names without extension."),
        price: z.int().describe("Micro-units."),
        problem: runProblemSchema.nullable(),
      }),
    ),
  })
  .meta({ id: "RunPreview" });

export const profileListSchema = z
  .object({
    object: z.literal("list"),
    data: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        recognised_by: z
          .array(z.array(z.string()))
          .describe("The file is of this kind when one of each list is a column."),
        sku: z.array(z.string()),
        product_key: z.array(z.string()).describe("Columns that join the rows of one product."),
        photos: z.array(z.string()),
        fields: z.record(z.string(), z.array(z.string())),
      }),
    ),
  })
  .meta({ id: "ProfileList" });

export const presetListSchema = z
  .object({ object: z.literal("list"), data: z.array(z.object({ name: z.string(), shot: shotSchema })) })
  .meta({ id: "PresetList" });

export const runKeySchema = z
  .object({
    object: z.literal("run_key"),
    key: z.string(),
    tasks: z.int().describe("Images of products that are remembered, each with its variations."),
    images: z.int(),
    bytes: z.int(),
    approved: z.int(),
    rejected: z.int(),
    published: z.int(),
    drawn_at: z.string().nullable().describe("When the latest of them was drawn."),
  })
  .meta({ id: "RunKey" });
