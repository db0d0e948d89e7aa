import { describe, expect, it } from "vitest";
import type { Job, JobEvent, JobImage } from "../../../shared/job.ts";
import type { JobStore } from "../../../shared/jobs/job-store.ts";
import { sampleJob } from "../../../test/support/api/sample-job.ts";
import { followJob } from "./follow-job.ts";
import { JobWatches } from "./job-watches.ts";

const event = (seq: number, type: JobEvent["type"] = "step"): JobEvent => ({ seq, at: seq, type, data: {} });

/**
 * What following yields of a job whose history is `reads`, one more of them in each read, and whose record is
 * `records`.
 */
async function follow(
  reads: readonly (readonly JobEvent[])[],
  records: readonly Job[],
  { afterSeq = 0, steps = true, gone = new AbortController() } = {},
) {
  let now = 0;
  let eventReads = 0;
  let jobReads = 0;
  const sleeps: number[] = [];
  const watchedAt: number[] = [];
  const jobs = {
    events: async (_id: string, after: number) =>
      reads
        .slice(0, ++eventReads)
        .flat()
        .filter(({ seq }) => seq > after),
    get: async () => records[Math.min(jobReads++, records.length - 1)],
    watch: async () => void watchedAt.push(now),
  } as Pick<JobStore, "events" | "get" | "watch"> as JobStore;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      sleeps.push(ms);
      now += ms;
      if (sleeps.length === 20) gone.abort();
    },
  };
  const watches = new JobWatches({ jobs, clock, log: () => {} });
  const options = { steps, afterSeq, signal: gone.signal };
  const seen: (string | undefined)[] = [];
  for await (const found of followJob("job_1", { jobs, clock, watches }, options)) {
    seen.push(found && `${found.seq} ${found.type} ${found.at}`);
  }
  return { seen, sleeps, watchedAt };
}

const running = sampleJob("1", 0, { status: "running" });
const ended = (status: Job["status"]) => sampleJob("1", 0, { status, finishedAt: 99 });

it("yields each event once, nothing for each read in vain, and ends with the last event", async () => {
  const reads = [[event(1, "queued")], [], [event(2), event(3, "done"), event(4)]];
  expect((await follow(reads, [running])).seen).toEqual(["1 queued 1", undefined, "2 step 2", "3 done 3"]);
});

it("leaves out what the client knows", async () => {
  expect((await follow([[event(1), event(2), event(3, "error")]], [running], { afterSeq: 2 })).seen).toEqual([
    "3 error 3",
  ]);
});

it("reads once more after the record says that the job is over: its last event was written with that", async () => {
  const { seen } = await follow([[event(1)], [], [event(2, "done")]], [ended("succeeded")]);
  expect(seen).toEqual(["1 step 1", "2 done 2"]);
});

it.each([
  ["succeeded", "done"],
  ["canceled", "done"],
  ["failed", "error"],
] as const)("derives the end of a job that %s from its record when its events have expired", async (status, type) => {
  expect((await follow([], [ended(status)], { afterSeq: 7 })).seen).toEqual([`8 ${type} 99`]);
});

it("asks less and less often while nothing happens, and often again after an event", async () => {
  const { sleeps } = await follow([[], [], [], [], [event(1)]], [running]);
  expect(sleeps[3]!).toBeGreaterThan(sleeps[0]!);
  expect(sleeps[4]).toBe(sleeps[0]);
});

it("ends when the client is gone", async () => {
  const gone = new AbortController();
  gone.abort();
  expect((await follow([[event(1)]], [running], { gone })).seen).toEqual([]);
});

it("says that the steps are watched while the job is not over, not for every read, and not where none are wanted", async () => {
  const reads = Array.from({ length: 12 }, () => []);
  const { watchedAt, sleeps } = await follow(reads, [running]);
  expect(sleeps.length).toBeGreaterThan(10);
  expect(watchedAt).toEqual([0]);
  expect((await follow(reads, [running], { steps: false })).watchedAt).toEqual([]);
  expect((await follow([[event(1), event(2, "done")]], [running])).watchedAt).toEqual([]);
});

describe("images that were finished while nobody watched", () => {
  const image = (index: number): JobImage => ({
    index,
    key: `o/${index}`,
    width: 64,
    height: 64,
    format: "png",
    bytes: 1,
    sha256: "",
    seed: index,
  });
  const done = sampleJob("1", 0, { status: "succeeded", finishedAt: 99, images: [image(0), image(1)] });
  const told: JobEvent = { seq: 2, at: 2, type: "image", data: { index: 0 } };

  it("are told with the end, under the number before it", async () => {
    expect((await follow([[event(1), event(2, "done")]], [done])).seen).toEqual([
      "1 step 1",
      "1 image 2",
      "1 image 2",
      "2 done 2",
    ]);
  });

  it("are not told again, by a client either that resumes after them", async () => {
    const reads = [[event(1), told, event(3, "done")]];
    expect((await follow(reads, [done])).seen).toEqual(["1 step 1", "2 image 2", "2 image 3", "3 done 3"]);
    expect((await follow(reads, [done], { afterSeq: 2 })).seen).toEqual(["2 image 3", "3 done 3"]);
  });
});

it("ends where a response may not last longer, so that the client comes again", async () => {
  let now = 0;
  const clock = { now: () => now, sleep: async (ms: number) => void (now += ms) };
  const jobs = { events: async () => [], get: async () => sampleJob("1", 0), watch: async () => {} };
  const dependencies = {
    jobs: jobs as unknown as JobStore,
    clock,
    watches: { touch: async () => {} } as unknown as JobWatches,
  };
  const ended = followJob(
    "1",
    { ...dependencies, longestResponseMs: 570_000 },
    { steps: false, afterSeq: 0, signal: new AbortController().signal },
  );
  for await (const event of ended) expect(event).toBeUndefined();
  expect(now).toBeGreaterThanOrEqual(570_000);
  expect(now).toBeLessThan(571_000);
});
