import type * as z from "zod";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import type { Run } from "../../runs/run.ts";
import { isoTime } from "../http/iso-time.ts";
import { presentProblem } from "./present-report.ts";
import type { RunOutlook } from "./run-outlook.ts";
import type { runSchema } from "./run-responses.ts";

/** @param outlook - where it was asked for */
export function presentRun(
  run: Run,
  { perMinute, affordable }: RunOutlook = { perMinute: 0 },
): z.infer<typeof runSchema> {
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
      to_review: run.catalogue!.toReview ?? null,
    },
    cost: {
      quoted: cost.quoted,
      quoted_decimal: decimalAmount(cost.quoted),
      charged: cost.charged,
      charged_decimal: decimalAmount(cost.charged),
      max: order.maxCost ?? null,
      balance_lasts_for: mayGoOn(run) ? (affordable ?? null) : null,
      currency: cost.currency,
    },
    webhook: run.webhook === undefined ? null : { url: run.webhook.url, events: [...run.webhook.events] },
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

function mayGoOn({ status }: Run): boolean {
  return status === "ready" || status === "running" || status === "paused";
}

function etaS(run: Run, perMinute: number): number | null {
  if (perMinute <= 0 || !mayGoOn(run)) return null;
  const { total, completed, failed } = run;
  return Math.ceil((60 * (total - completed - failed)) / perMinute);
}

function nextAction({ id, status, paused, catalogue }: Run): string {
  switch (status) {
    case "importing":
      return `the file is being read: get /v1/runs/${id} again in a moment`;
    case "ready":
      return `POST /v1/runs/${id}/start begins it`;
    case "paused":
      return `${paused?.message ?? "paused"}; POST /v1/runs/${id}/resume goes on`;
    case "completed":
      return `${reviewFirst(id, catalogue?.toReview)}${files(id)}`;
    case "canceled":
    case "expired":
      return files(id);
    case "failed":
      return "see problem, or the manifest for the reason of each row; then make another run under the same run_key";
    default:
      return `images are being drawn: get /v1/runs/${id} for how far it is`;
  }
}

function files(id: string): string {
  return `GET /v1/runs/${id}/manifest.csv names the files, /v1/runs/${id}/archive.zip has them`;
}

function reviewFirst(id: string, toReview = 0): string {
  if (toReview === 0) return "";
  return `GET /v1/runs/${id}/review?state=needs_review lists the ${toReview} images to look at before they leave; `;
}
