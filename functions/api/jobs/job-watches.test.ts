import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Job } from "../../../shared/job.ts";
import { readWatchedUntil, watchAgainMs } from "../../../shared/jobs/watched-jobs.ts";
import { type ApiUnderTest, openApi, submitJob } from "../../../test/support/api/api-under-test.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { rememberJob } from "../dialects/a1111/account-record.ts";
import { JobWatches } from "./job-watches.ts";

function setUp(fails: () => boolean = () => false) {
  const clock = manualClock();
  const told: string[] = [];
  const watch = async (jobId: string) => {
    if (fails()) throw new Error("ECONNRESET");
    told.push(jobId);
  };
  const logged: string[] = [];
  const watches = new JobWatches({ jobs: { watch }, clock, log: (_level, message) => void logged.push(message) });
  return { clock, told, logged, watches };
}

it("tells the store once in a while, however many follow a job, and of each job", async () => {
  const { clock, told, watches } = setUp();
  for (let i = 0; i < 5; i++) {
    await watches.touch("job_1");
    clock.advance(watchAgainMs / 5);
  }
  await watches.touch("job_2");
  expect(told).toEqual(["job_1", "job_2"]);
  await watches.touch("job_1");
  expect(told).toEqual(["job_1", "job_2", "job_1"]);
});

it("goes on without a store, and tries again with the next follower", async () => {
  let broken = true;
  const { told, logged, watches } = setUp(() => broken);
  await watches.touch("job_1");
  expect(logged).toEqual(["failed to record that a job is watched"]);
  broken = false;
  await watches.touch("job_1");
  expect(told).toEqual(["job_1"]);
});

describe("a request", () => {
  let api: ApiUnderTest;
  beforeEach(async () => {
    api = await openApi();
  });
  afterEach(() => api.close());

  const isWatched = async (id: string) => (await readWatchedUntil(api.items, id)) > api.clock.now();

  /** A job that runs, as every API shows it. */
  async function running(): Promise<Job> {
    const { job } = await submitJob(api);
    const claim = await api.jobs.claim(job.id, "w1");
    if (claim.outcome !== "claimed") throw new Error(claim.outcome);
    await rememberJob(claim.job, api);
    return claim.job;
  }

  it.each([
    ["/v1/jobs/ID", true],
    ["/v1/predictions/ID", true],
    ["/sdapi/v1/progress", true],
    ["/fal/queue/fal-ai/z-image/requests/ID/status?logs=1", true],
    ["/fal/queue/fal-ai/z-image/requests/ID/status", false],
    ["/v1/jobs", false],
  ])("for %s of a job that runs watches it: %s", async (path, watches) => {
    const { id } = await running();
    expect((await api.request("GET", path.replace("ID", id))).ok).toBe(true);
    expect(await isWatched(id)).toBe(watches);
  });

  it("watches none that waits, whose steps nobody can see yet", async () => {
    const { job } = await submitJob(api);
    await api.request("GET", `/v1/jobs/${job.id}`);
    expect(await isWatched(job.id)).toBe(false);
  });

  it.each([
    ["/v1/jobs/ID/events", true],
    ["/fal/queue/fal-ai/z-image/requests/ID/status/stream?logs=1", true],
    ["/fal/queue/fal-ai/z-image/requests/ID/status/stream", false],
  ])("that follows by %s watches from its beginning: %s", async (path, watches) => {
    const job = await running();
    const response = await api.request("GET", path.replace("ID", job.id));
    const read = response.text();
    if (watches) await expect.poll(() => isWatched(job.id)).toBe(true);
    await api.jobs.cancel(job);
    await read;
    expect(await isWatched(job.id)).toBe(watches);
  });
});
