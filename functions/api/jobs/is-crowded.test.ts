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
  readonly position: number | undefined;
  readonly workers?: readonly object[];
  readonly status?: Job["status"];
  readonly longestResponseMs?: undefined;
}

it.each<[string, Case, boolean]>([
  ["behind five others, and no worker is up", { position: 6 }, true],
  ["the fifth", { position: 5 }, false],
  ["not waiting any longer", { position: undefined }, false],
  ["behind five others while a worker is up", { position: 6, workers: [report] }, false],
  ["over", { position: 6, status: "succeeded" }, false],
  ["held for ever, on one machine", { position: 6, longestResponseMs: undefined }, false],
])("a job that is %s: %j", async (_what, { position, workers = [], status = job.status, ...more }, crowded) => {
  const dependencies = {
    clock,
    longestResponseMs: 570_000,
    items: { query: async () => ({ items: workers }) },
    queueView: { place: async () => position && { position } },
    ...more,
  } as unknown as RouteDependencies;
  expect(await isCrowded({ ...job, status }, dependencies)).toBe(crowded);
});
