import { expect, it } from "vitest";
import { madeAt, sampleRun } from "../../../test/support/api/sample-run.ts";
import { catalogueProblem } from "../../catalogue/problems/catalogue-problem.ts";
import type { CatalogueState } from "../../catalogue/run/catalogue-state.ts";
import { noCounts } from "../../catalogue/run/catalogue-state.ts";
import type { Run } from "../../runs/run.ts";
import { pausedUntilTold } from "../../runs/run-rules.ts";
import { presentRun } from "./present-run.ts";
import { orderOf, runRequestSchema } from "./run-request.ts";
import { runSchema } from "./run-responses.ts";

const request = runRequestSchema.parse({
  source: { rows: [{ sku: "1" }] },
  shots: [
    { id: "main", method: "draw", prompt: "a {{title}}" },
    { id: "room", method: "restyle", prompt: "in a room" },
  ],
});

function catalogueRun(changes: Partial<Run> = {}, state: Partial<CatalogueState> = {}): Run {
  const catalogue: CatalogueState = {
    order: orderOf(request, undefined),
    stage: "plan",
    products: 2,
    counts: noCounts,
    cost: { quoted: 1_500_000, dearest: 3, charged: 3, currency: "USD" },
    outcomes: [],
    settled: 0,
    ...state,
  };
  return sampleRun({ id: "run_1", face: "catalogue", catalogue, ...changes });
}

it("says money in micro-units and as people write it, and what each shot is warned of", () => {
  const presented = presentRun(catalogueRun());
  expect(presented.cost).toEqual({
    quoted: 1_500_000,
    quoted_decimal: "1.50",
    charged: 3,
    charged_decimal: "0.000003",
    max: null,
    balance_lasts_for: null,
    currency: "USD",
  });
  expect(presented.warnings).toEqual([expect.stringContaining("main image"), expect.stringContaining("restyle")]);
  expect(runSchema.parse(presented)).toEqual(presented);
});

it("has not started while it waits for its caller's word, though its file was read long ago", () => {
  const beganAt = madeAt + 1_000;
  expect(presentRun(catalogueRun({ status: "ready", beganAt })).started_at).toBeNull();
  expect(presentRun(catalogueRun({ status: "running", beganAt })).started_at).toBe("2026-01-01T00:00:01.000Z");
});

it("says why it is paused and since when, and how it goes on", () => {
  const paused = pausedUntilTold({ code: "budget_reached", message: "the next image would exceed max_cost" }, madeAt);
  expect(presentRun(catalogueRun({ status: "paused", paused }))).toMatchObject({
    paused: { code: "budget_reached", since: "2026-01-01T00:00:00.000Z" },
    next: "the next image would exceed max_cost; POST /v1/runs/run_1/resume goes on",
  });
});

it("says what is wrong with the file as a whole", () => {
  const problem = catalogueProblem("no_rows", { value: "sku, title" });
  expect(presentRun(catalogueRun({ status: "failed" }, { problem }))).toMatchObject({
    problem: { code: "no_rows", message: expect.stringContaining("sku, title"), line: null },
    next: expect.stringContaining("see problem"),
  });
});

it("estimates the time of what is left at the fleet's pace, where that is known and something is left", () => {
  const running = catalogueRun({ status: "running", total: 100, completed: 30, failed: 10 });
  expect(presentRun(running, { perMinute: 12 }).eta_s).toBe(300);
  expect(presentRun(running).eta_s).toBeNull();
  expect(presentRun({ ...running, status: "completed" }, { perMinute: 12 }).eta_s).toBeNull();
});

it("says for how many images the balance lasts, while the run may go on", () => {
  const outlook = { perMinute: 0, affordable: 7 };
  expect(presentRun(catalogueRun({ status: "ready", total: 9 }), outlook).cost.balance_lasts_for).toBe(7);
  expect(presentRun(catalogueRun({ status: "completed" }), outlook).cost.balance_lasts_for).toBeNull();
});

it("asks for a look before the files, where images wait for one", () => {
  const { counts, next } = presentRun(catalogueRun({ status: "completed" }, { toReview: 3 }));
  expect(counts.to_review).toBe(3);
  expect(next).toMatch(/review\?state=needs_review lists the 3 images .*archive\.zip has them$/);
  expect(presentRun(catalogueRun({ status: "completed" }, { toReview: 0 })).next).toMatch(/^GET .*manifest/);
});

it("names its webhook", () => {
  const webhook = { url: "https://shop.example/hook", events: ["run.completed"] };
  expect(presentRun(catalogueRun({ webhook })).webhook).toEqual(webhook);
  expect(presentRun(catalogueRun()).webhook).toBeNull();
});
