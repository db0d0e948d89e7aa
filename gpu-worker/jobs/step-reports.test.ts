import { expect, it } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import type { JobProgress } from "./run-job.ts";
import { StepReports } from "./step-reports.ts";

const step = (n: number, type: "step" | "image" = "step"): JobProgress => ({
  event: { type, data: { step: n } },
  step: n,
  total: 10,
});

/** @param during - resolves when the store has written a step */
function setUp(during: (n: number) => Promise<void> = async () => {}) {
  const clock = manualClock();
  const told: number[] = [];
  const reports = new StepReports(clock, async (progress) => {
    told.push(progress.step);
    await during(progress.step);
  });
  const watch = (ms = 1_000) => reports.watched(clock.now() + ms);
  return { clock, told, reports, watch };
}

it("tells nothing while nobody watches, and knows how far the attempt is", async () => {
  const { told, reports } = setUp();
  expect(reports.done).toBeUndefined();
  for (const n of [1, 2]) await reports.report(step(n));
  await reports.report(step(3, "image"));
  expect(told).toEqual([]);
  expect(reports.done).toEqual({ step: 3, total: 10 });
});

it("tells who comes later of the step reached by then, once, and of each one after it", async () => {
  const { told, reports, watch } = setUp();
  for (const n of [1, 2, 3]) await reports.report(step(n));
  watch();
  watch();
  await reports.report(step(4));
  await reports.report(step(5, "image"));
  expect(told).toEqual([3, 4, 5]);
});

it("stops when the watcher has left, and goes on with the step that the next one finds", async () => {
  const { clock, told, reports, watch } = setUp();
  watch();
  await reports.report(step(1));
  clock.advance(1_000);
  for (const n of [2, 3]) await reports.report(step(n));
  watch();
  await reports.report(step(4, "image"));
  expect(told).toEqual([1, 3, 4]);
});

it("tells one after the other, and a step once, though the watcher comes while it waits for the one before", async () => {
  const first = Promise.withResolvers<void>();
  const { told, reports, watch } = setUp((n) => (n === 1 ? first.promise : Promise.resolve()));
  watch();
  await reports.report(step(1));
  const second = reports.report(step(2));
  watch(2_000);
  expect(told).toEqual([1]);
  first.resolve();
  await second;
  await reports.report(step(3, "image"));
  expect(told).toEqual([1, 2, 3]);
});

it("throws in the next report what a step could not be told for", async () => {
  const { reports, watch } = setUp(() => Promise.reject(new Error("lost")));
  watch();
  await reports.report(step(1));
  await expect(reports.report(step(2))).rejects.toThrow("lost");
});
