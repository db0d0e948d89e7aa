import { expect, it } from "vitest";
import type { Job } from "../../../shared/job.ts";
import { sampleJob } from "../../../test/support/api/sample-job.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { isCrowded } from "./is-crowded.ts";

const clock = manualClock();
const report = { data: { secondsPerJob: 5, at: clock.now() } };
const job = sampleJob("1", clock.now());

interface Case {
  readonly waiting: number;
  readonly workers?: readonly object[];
  readonly status?: Job["status"];
  readonly longestResponseMs?: undefined;
}

it.each<[string, Case, boolean]>([
  ["one of six that wait while no worker is up", { waiting: 6 }, true],
  ["one of five", { waiting: 5 }, false],
  ["one of six while a worker is up", { waiting: 6, workers: [report] }, false],
  ["being drawn", { waiting: 6, status: "running" }, false],
  ["over", { waiting: 6, status: "succeeded" }, false],
  ["held for ever, on one machine", { waiting: 6, longestResponseMs: undefined }, false],
])("a job that is %s: %j", async (_what, { waiting, workers = [], status = job.status, ...more }, crowded) => {
  const dependencies = {
    clock,
    longestResponseMs: 570_000,
    items: { query: async () => ({ items: workers }) },
    queueView: { waiting: async () => waiting },
    ...more,
  } as unknown as RouteDependencies;
  expect(await isCrowded({ ...job, status }, dependencies)).toBe(crowded);
});
