import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import type { Items } from "../../shared/ports/items.ts";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { metricLine, watchJobs } from "./worker-metrics.ts";

let items: Items;
let jobs: JobStore;

beforeEach(() => {
  items = openEmbeddedItems(":memory:");
  jobs = createJobStore({ items });
});
afterEach(async () => {
  await items.close();
});

async function claim(store: JobStore, id = "job_1") {
  await store.submit({ job: { ...sampleJob("x", Date.now()), id } });
  const claimed = await store.claim(id, "w1");
  if (claimed.outcome !== "claimed") throw new Error(claimed.outcome);
  return claimed.job;
}

describe("metrics", () => {
  it("are one line that CloudWatch reads", () => {
    const line = JSON.parse(
      metricLine("ZImage/test", [{ name: "StepMs", unit: "Milliseconds", value: 7 }], { jobId: "j" }, 5),
    );
    expect(line).toEqual({
      _aws: {
        Timestamp: 5,
        CloudWatchMetrics: [
          { Namespace: "ZImage/test", Dimensions: [[]], Metrics: [{ Name: "StepMs", Unit: "Milliseconds" }] },
        ],
      },
      jobId: "j",
      StepMs: 7,
    });
  });

  it.each([
    ["content_policy", "JobRefused"],
    ["invalid_image", "JobRefused"],
    ["device_lost", "JobFailed"],
    ["signing_failed", "JobFailed"],
    ["invalid_config", "JobFailed"],
  ])("count a job that ended with %s as %s, and alarm about the latter alone", async (code, name) => {
    const written: string[] = [];
    const watched = watchJobs(jobs, {
      now: Date.now,
      write: (metrics) => written.push(...metrics.map((metric) => metric.name)),
      onPace: async () => {},
    });
    await watched.jobs.fail(await claim(watched.jobs), { code, message: "why", retryable: false });
    expect(written.filter((one) => one.startsWith("Job"))).toEqual([name]);
  });

  it("tell waits, steps, pace and the busy share", async () => {
    let now = Date.now();
    const written: { [name: string]: number } = {};
    const paces: number[] = [];
    const watched = watchJobs(jobs, {
      now: () => now,
      write: (metrics) => {
        for (const { name, value } of metrics) written[name] = value;
      },
      onPace: async (seconds) => void paces.push(seconds),
    });
    const held = await claim(watched.jobs);
    now += 30_000;
    await watched.jobs.succeed(held, {
      images: [],
      warnings: [],
      inferenceMs: 100 * held.params.n * held.params.steps,
    });
    expect(written).toMatchObject({ JobSucceeded: 1, StepMs: 100 });
    expect(paces).toEqual([30]);
    now += 30_000;
    expect(watched.period()).toContainEqual({ name: "BusyPercent", unit: "Percent", value: 50 });
    expect(watched.period()[1]?.value).toBe(0);
  });
});
