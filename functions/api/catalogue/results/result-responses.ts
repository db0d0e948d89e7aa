import * as z from "zod";
import { imageChecksSchema } from "../../jobs/job-responses.ts";
import { runSchema } from "../run-responses.ts";

const count = z.int().min(0);
export const reviewStates = ["auto_ok", "needs_review", "approved", "rejected"] as const;
export const rowStatuses = ["drawn", "unchanged", "failed", "skipped", "waiting"] as const;
const cursor = z.string().nullable().describe("For the next page; null after the last.");

export const runRowSchema = z
  .object({
    task: z.string().describe("Names the image in every run: `SKU#shot`."),
    number: z.int(),
    line: z.int().describe("Line of the product in the file."),
    sku: z.string(),
    shot: z.string(),
    version: z.int().describe("Raised each time the image is asked for again."),
    status: z.enum(rowStatuses),
    change: z.string().nullable().describe("Why it is drawn: fresh, prompt, photo, settings or redrawn."),
    method: z.string().nullable(),
    prompt: z.string().nullable(),
    alt: z.string().nullable(),
    photo_url: z
      .string()
      .nullable()
      .describe("Link to the photo that the image is made from; it needs no key, for a day."),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    review: z
      .object({
        state: z.enum(reviewStates),
        flags: z.array(z.string()).describe("Reasons to look at the image, the gravest first."),
        reason: z.string().nullable(),
        note: z.string().nullable(),
        decided_at: z.string().nullable(),
      })
      .nullable()
      .describe("null where there is no image."),
    files: z.array(
      z.object({
        name: z.string(),
        n: z.int().describe("Variation, from 1."),
        url: z.string().describe("Link that needs no key, for a day."),
        public_url: z.string().nullable().describe("Permanent address, of an image that is published."),
        width: z.int(),
        height: z.int(),
        bytes: z.int(),
        sha256: z.string(),
        seed: z.int(),
        checks: imageChecksSchema.nullable().describe("Numbers measured on the file."),
        findings: z
          .array(
            z.object({
              marketplace: z.string(),
              rule: z.string(),
              wanted: z.string(),
              measured: z.string().describe("Empty where it was not measured."),
              verdict: z.enum(["pass", "fail", "unknown"]),
              source: z.string().describe("Where the wanted number was read."),
              checked_on: z.string().describe("When; marketplaces change their numbers."),
            }),
          )
          .describe("The numbers beside those of the run's marketplaces. They say nothing about what is not measured."),
      }),
    ),
    job_id: z.string().nullable(),
    cost: z.int().describe("Micro-units."),
  })
  .meta({ id: "RunRow" });

export const runRowListSchema = z
  .object({ object: z.literal("list"), data: z.array(runRowSchema), next_cursor: cursor })
  .meta({ id: "RunRowList" });

export const runFailureListSchema = z
  .object({
    object: z.literal("list"),
    data: z.array(
      z.object({
        code: z.string(),
        count,
        message: z.string().describe("Of the first of them."),
        lines: z.array(z.int()).describe("Lines of the file; the first twenty."),
        can_retry: z
          .boolean()
          .describe("They failed while they were drawn: POST /v1/runs/{id}/retry draws them again."),
      }),
    ),
  })
  .meta({ id: "RunFailureList" });

export const runReviewListSchema = z
  .object({
    object: z.literal("list"),
    data: z.array(runRowSchema),
    next_cursor: cursor,
    counts: z.object({ auto_ok: count, needs_review: count, approved: count, rejected: count }),
    estimate: z
      .object({
        looked_at: count.describe("Images of the random sample that were decided on."),
        rejected: count,
        low: z.number(),
        high: z.number(),
      })
      .nullable()
      .describe("Share of images that would be rejected, from 0 to 1, with a probability of 95 %."),
  })
  .meta({ id: "RunReviewList" });

export const runReviewResultSchema = z
  .object({
    object: z.literal("run.review"),
    decided: count,
    drawn_again: count.describe("Images that are drawn once more, each as a new job at its price."),
    run: runSchema,
  })
  .meta({ id: "RunReviewResult" });

export const runRetryResultSchema = z
  .object({
    object: z.literal("run.retry"),
    drawn_again: count,
    left_out: z
      .record(z.string(), count)
      .describe("Failed before there was an image to draw, by code: correct the file and make another run."),
    run: runSchema,
  })
  .meta({ id: "RunRetryResult" });

export const publicationSchema = z
  .object({
    object: z.literal("run.publication"),
    published: count.describe("Images that have a public address from now on."),
    already: count.describe("Images that had one."),
    held: count.describe("Images that were rejected, or have to be reviewed first."),
    withdrawn: count,
    next_cursor: cursor,
  })
  .meta({ id: "RunPublication" });

export const runExportSchema = z
  .object({
    object: z.literal("run.export"),
    channel: z.string(),
    files: z.array(z.object({ name: z.string(), url: z.string(), bytes: z.int() })),
    products: count,
    images: count.describe("Images that the files name: those that this channel has not been given yet."),
    held: count.describe("Images without a public address: publish them first."),
    left_out: z.array(z.object({ sku: z.string(), shot: z.string(), reason: z.string() })),
    notes: z.array(z.string()).describe("What to look at before the import."),
    how_to_import: z.string(),
  })
  .meta({ id: "RunExport" });
