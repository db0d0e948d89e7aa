import { expect, it } from "vitest";
import { ConflictError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { recordProgress } from "./record-progress.ts";

const job = sampleJob("1", 0, { attempt: 2 });
const progress = { event: { type: "step", data: { image: 0, step: 3 } }, step: 3, total: 8 } as const;

/** @param broken - thrown by the store */
function stores(broken?: Error) {
  const done: unknown[] = [];
  const dependencies = {
    jobs: {
      progress: async (_: Job, event: object, at: object) => {
        if (broken) throw broken;
        done.push(event, at);
        return job;
      },
    },
    objects: { put: async (key: string) => void done.push(key) },
    log: (level: string, message: string) => void done.push([level, message]),
  } as unknown as Parameters<typeof recordProgress>[2];
  return { done, dependencies };
}

it("stores the preview before the event that names it", async () => {
  const { done, dependencies } = stores();
  expect(await recordProgress(job, { ...progress, preview: new Uint8Array(1) }, dependencies)).toBe(job);
  const preview_key = "p/job_1/2-3.png";
  expect(done).toEqual([
    preview_key,
    { type: "step", data: { image: 0, step: 3, preview_key } },
    { step: 3, total: 8 },
  ]);
});

it("names no preview where there is none", async () => {
  const { done, dependencies } = stores();
  await recordProgress(job, progress, dependencies);
  expect(done[0]).toEqual(progress.event);
});

it("draws on when the store fails, and stops when the lease is lost", async () => {
  const { done, dependencies } = stores(new Error("timeout"));
  expect(await recordProgress(job, progress, dependencies)).toBeUndefined();
  expect(done).toEqual([["warn", "failed to record progress"]]);
  const lost = stores(new ConflictError("lease_lost", "x"));
  await expect(recordProgress(job, progress, lost.dependencies)).rejects.toMatchObject({ code: "lease_lost" });
});
