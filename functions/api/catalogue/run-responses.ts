import * as z from "zod";
import { runProblemSchema } from "./run-report-responses.ts";

const count = z.int().min(0);

export const runSchema = z
  .object({
    id: z.string().describe("`run_…`"),
    object: z.literal("run"),
    status: z.enum([
      "importing",
      "ready",
      "running",
      "paused",
      "canceling",
      "finishing",
      "completed",
      "failed",
      "expired",
      "canceled",
    ]),
    run_key: z.string(),
    paused: z
      .object({ code: z.string(), message: z.string(), since: z.string() })
      .nullable()
      .describe("Why no further image is begun."),
    problem: runProblemSchema.nullable().describe("Why the file or the plan cannot be used."),
    counts: z.object({
      products: count,
      tasks: count.describe("Images wanted: products times shots."),
      unchanged: count.describe("Drawn before and still right: they cost nothing."),
      new: count,
      changed: z.object({ prompt: count, photo: count, settings: count }),
      redrawn: count,
      refused: z.record(z.string(), count).describe("Tasks that cannot be drawn, by code."),
      skipped: count,
      to_draw: count,
      drawn: count,
      failed: count,
      under_way: count,
      to_review: count
        .nullable()
        .describe("Images that had to be looked at when the run ended; null before. The review has what is left."),
    }),
    cost: z.object({
      quoted: z.int().describe("Micro-units of all that is to be drawn."),
      quoted_decimal: z.string(),
      charged: z.int(),
      charged_decimal: z.string(),
      max: z.int().nullable(),
      balance_lasts_for: count
        .nullable()
        .describe(
          "Of the images that are left, those that the account's balance pays for; null for an account without " +
            "limits, once the run is over, and in lists and webhooks.",
        ),
      currency: z.string(),
    }),
    webhook: z
      .object({ url: z.string(), events: z.array(z.string()).describe("Empty: all except run.progress.") })
      .nullable(),
    warnings: z.array(z.string()).describe("What the shots do to the product."),
    needs_acceptance: z
      .boolean()
      .describe("The file has so many irregular rows that start must be told accept_warnings; see its report."),
    metadata: z.record(z.string(), z.string()),
    created_at: z.string(),
    started_at: z.string().nullable(),
    finished_at: z.string().nullable(),
    eta_s: z
      .int()
      .nullable()
      .describe(
        "Seconds that its images take at the pace of the last minutes; null where nothing was drawn, and in lists.",
      ),
    next: z.string().describe("Next action for the caller."),
  })
  .meta({ id: "Run" });

export const runListSchema = z
  .object({ object: z.literal("list"), data: z.array(runSchema), has_more: z.boolean() })
  .meta({ id: "RunList" });

export const deletedRunSchema = z
  .object({ id: z.string(), object: z.literal("run"), deleted: z.literal(true) })
  .meta({ id: "DeletedRun" });

export const deletedRunKeySchema = z
  .object({
    key: z.string(),
    object: z.literal("run_key"),
    deleted: z.boolean().describe("false: there was much to delete; the same call goes on."),
  })
  .meta({ id: "DeletedRunKey" });
