import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openEmbeddedObjects } from "../../shared/embedded/objects.ts";
import type { Job } from "../../shared/job.ts";
import { eventRetentionS } from "../../shared/limits.ts";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { createMemoryObjects } from "../../test/support/memory-objects.ts";
import { sweepObjects } from "./sweep-objects.ts";

it("deletes what no job names any more, and nothing that one may still name", async () => {
  let now = 1_000_000;
  const clock = { now: () => now };
  const objects = createMemoryObjects({ clock });
  const image = { key: "o/job_done/0-a.png", thumbnails: [256] };
  const jobs: { readonly [id: string]: Job } = {
    job_done: sampleJob("done", now, { status: "succeeded", images: [image] as unknown as Job["images"] }),
    job_failed: sampleJob("failed", now, { status: "failed" }),
    job_running: sampleJob("running", now, { status: "running" }),
  };
  const ports = { jobs: { get: async (id: string) => jobs[id] }, objects, clock };
  const keys = async () => (await objects.list("")).objects.map(({ key }) => key);
  const kept = [
    image.key,
    "o/job_done/0-a.256.webp",
    "o/job_running/0-c.png",
    "p/job_failed/1-1.jpg",
    "in/acc_1/latents-x.f32",
  ];
  const orphans = [
    "o/job_done/0-b.png",
    "o/job_done/0-a.512.webp",
    "o/job_failed/0-d.png",
    "o/job_gone/0-e.png",
    "p/job_gone/1-1.jpg",
  ];
  for (const key of [...kept, ...orphans]) await objects.put(key, new Uint8Array([1]), { contentType: "image/png" });

  expect(await sweepObjects(ports)).toBe(0); // too young
  now += 3_600_000;
  expect(await sweepObjects(ports)).toBe(orphans.length);
  expect(await keys()).toEqual([...kept].sort());
  now += eventRetentionS * 1_000;
  expect(await sweepObjects(ports)).toBe(1); // the preview, with the history that linked it
  expect(await keys()).not.toContain("p/job_failed/1-1.jpg");
});

it("sweeps the objects behind one that cannot be deleted and one whose job cannot be read, and tells of them", async () => {
  let now = 1_000_000;
  const objects = createMemoryObjects({ clock: { now: () => now } });
  for (const id of ["a", "b", "c", "d"]) {
    await objects.put(`o/job_${id}/0.png`, new Uint8Array([1]), { contentType: "image/png" });
  }
  now += 3_600_000;
  const ports = {
    clock: { now: () => now },
    jobs: {
      async get(id: string): Promise<Job | undefined> {
        if (id === "job_c") throw new Error("item JOB#job_c META is no job");
        return undefined;
      },
    },
    objects: {
      walk: (prefix: string) => objects.walk(prefix),
      delete: (key: string) => (key.includes("job_b") ? Promise.reject(new Error("denied")) : objects.delete(key)),
    },
  };
  await expect(sweepObjects(ports)).rejects.toThrow(
    "2 stored objects could not be swept, 2 were deleted: Error: denied",
  );
  expect((await objects.list("")).objects.map(({ key }) => key)).toEqual(["o/job_b/0.png", "o/job_c/0.png"]);
});

it("leaves no folder of what it deleted on disk", async () => {
  const folder = temporaryFolder();
  const objects = openEmbeddedObjects(folder);
  const text = { contentType: "text/plain" };
  for (let i = 0; i < 20; i++) await objects.put(`in/acc_${i % 3}/a/b/${i}`, Buffer.from("1"), text);
  const clock = { now: () => Date.now() + 40 * 86_400_000 };
  expect(await sweepObjects({ jobs: { get: async () => undefined }, objects, clock })).toBe(20);
  expect(readdirSync(join(folder, "objects"))).toEqual([]);
});
