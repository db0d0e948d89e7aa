import * as z from "zod";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import type { Run } from "../../runs/run.ts";
import { isoTime } from "../http/iso-time.ts";
import { presentProblem, runProblemSchema } from "./run-report.ts";

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
    }),
    cost: z.object({
      quoted: z.int().describe("Micro-units of all that is to be drawn."),
      quoted_decimal: z.string(),
      charged: z.int(),
      charged_decimal: z.string(),
      max: z.int().nullable(),
      currency: z.string(),
    }),
    warnings: z.array(z.string()).describe("What the shots do to the product."),
    needs_acceptance: z
      .boolean()
      .describe("The file has so many irregular rows that start must be told accept_warnings; see its report."),
    metadata: z.record(z.string(), z.string()),
    created_at: z.string(),
    started_at: z.string().nullable(),
    finished_at: z.string().nullable(),
    next: z.string().describe("What to do now."),
  })
  .meta({ id: "Run" });

export const runListSchema = z
  .object({ object: z.literal("list"), data: z.array(runSchema), has_more: z.boolean() })
  .meta({ id: "RunList" });

export function presentRun(run: Run): z.infer<typeof runSchema> {
  const { order, counts, cost, products, problem } = run.catalogue!;
  const { tasks, unchanged, fresh, changed, redrawn, refused, skipped } = counts;
  const time = (at: number | undefined) => (at === undefined ? null : isoTime(at));
  return {
    id: run.id,
    object: "run",
    status: run.status,
    run_key: order.runKey,
    paused:
      run.paused === undefined
        ? null
        : { code: run.paused.code, message: run.paused.message, since: isoTime(run.paused.since) },
    problem: problem === undefined ? null : presentProblem(problem),
    counts: {
      ...{ products, tasks, unchanged, new: fresh, changed, redrawn, refused, skipped },
      to_draw: run.total,
      drawn: run.completed,
      failed: run.failed,
      under_way: run.inFlight.length,
    },
    cost: {
      quoted: cost.quoted,
      quoted_decimal: decimalAmount(cost.quoted),
      charged: cost.charged,
      charged_decimal: decimalAmount(cost.charged),
      max: order.maxCost ?? null,
      currency: cost.currency,
    },
    warnings: order.shots.flatMap(({ warnings }) => warnings),
    needs_acceptance: run.catalogue!.needsAcceptance ?? false,
    metadata: run.metadata,
    created_at: isoTime(run.createdAt),
    started_at: run.status === "ready" || run.status === "importing" ? null : time(run.beganAt),
    finished_at: time(run.finishedAt),
    next: nextAction(run),
  };
}

function nextAction({ id, status, paused }: Run): string {
  switch (status) {
    case "importing":
      return `the file is being read: get /v1/runs/${id} again in a moment`;
    case "ready":
      return `POST /v1/runs/${id}/start begins it`;
    case "paused":
      return `${paused?.message ?? "paused"}; POST /v1/runs/${id}/resume goes on`;
    case "completed":
    case "canceled":
      return `GET /v1/runs/${id}/manifest.csv names the files, /v1/runs/${id}/archive.zip has them`;
    case "failed":
      return "see problem, or the manifest for the reason of each row; then make another run under the same run_key";
    default:
      return `images are being drawn: get /v1/runs/${id} for how far it is`;
  }
}
