import type * as z from "zod";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import type { Run } from "../../runs/run.ts";
import { isoTime } from "../http/iso-time.ts";
import { presentProblem } from "./present-report.ts";
import type { runSchema } from "./run-responses.ts";

/** @param perMinute - images that the fleet draws, where it was asked */
export function presentRun(run: Run, perMinute = 0): z.infer<typeof runSchema> {
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
      products,
      tasks,
      unchanged,
      new: fresh,
      changed,
      redrawn,
      refused,
      skipped,
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
    eta_s: etaS(run, perMinute),
    next: nextAction(run),
  };
}

function etaS({ status, total, completed, failed }: Run, perMinute: number): number | null {
  if (perMinute <= 0 || (status !== "ready" && status !== "running" && status !== "paused")) return null;
  return Math.ceil((60 * (total - completed - failed)) / perMinute);
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
    case "expired":
      return `GET /v1/runs/${id}/manifest.csv names the files, /v1/runs/${id}/archive.zip has them`;
    case "failed":
      return "see problem, or the manifest for the reason of each row; then make another run under the same run_key";
    default:
      return `images are being drawn: get /v1/runs/${id} for how far it is`;
  }
}
