import { expect, it } from "vitest";
import { sampleJob, sampleParams, samplePrice } from "../../test/support/api/sample-job.ts";
import type { ImageParams, Job, JobStatus } from "../job.ts";
import { stepsPerImage } from "../request/drawing-passes.ts";
import { chargeOf } from "./charge.ts";

/* What the ledger makes of a charge is in `test/conformance/money.conformance.ts`, over every driver. */

const price = { ...samplePrice, amount: 800 };

function running(step: number | undefined, params: Partial<ImageParams> = {}, changes: Partial<Job> = {}): Job {
  const all = { ...sampleParams, steps: 8, ...params };
  const progress = step === undefined ? undefined : { step, total: all.n * stepsPerImage(all) };
  return sampleJob("x", 0, { price, status: "running", params: all, progress, ...changes });
}

it.each<[string, Job, JobStatus, boolean, number]>([
  ["success is the whole price", running(8), "succeeded", false, 800],
  ["a cancel during the first step pays that step", running(undefined), "canceled", false, 100],
  ["a cancel between two steps pays the one begun", running(3), "canceled", false, 400],
  ["a cancel after the last step is the whole price", running(8), "canceled", false, 800],
  ["a cancel before any attempt is free", running(undefined, {}, { status: "queued" }), "canceled", false, 0],
  ["an attempt that failed before the cancel is free", running(7, {}, { status: "queued" }), "canceled", false, 0],
  ["a failure of ours is free", running(7), "failed", false, 0],
  ["a failure of the caller's pays the step begun", running(3), "failed", true, 400],
  ["a request refused before the first step is free", running(undefined), "failed", true, 0],
  ["an expired job is free", running(undefined, {}, { status: "queued" }), "expired", false, 0],
  // Second image of two: one whole image and a step of the next, of 16.
  ["steps count over all images", running(8, { n: 2 }), "canceled", false, 450],
  // 8 steps at one size and 3 at four times the pixels: 8 + 12 units. In the refinement's first step: 8 + 4 of 20.
  ["steps of the refinement weigh four times", running(8, { upscale: "refine" }), "canceled", false, 480],
  // Heun: 2 · 8 − 1 calls, four of them in two steps: 800 · 4 / 15 = 213.3.
  ["network calls weigh, not steps", running(1, { sampler: "heun" }), "canceled", false, 213],
])("%s", (_, before, status, callersFault, charged) => {
  expect(chargeOf(before, status, callersFault)).toBe(charged);
});

it("charges nothing, and everything, exactly", () => {
  const dear = { price: { ...price, amount: 9_007_199_254_740_991 } };
  const large = { width: 2048, height: 2048, n: 10, steps: 100, guidance: 4 };
  expect(chargeOf(running(999, large, dear), "canceled")).toBe(9_007_199_254_740_991);
  expect(chargeOf(running(499, large, dear), "canceled")).toBe(4_503_599_627_370_495);
  expect(chargeOf(sampleJob("x", 0), "succeeded")).toBe(0);
});
