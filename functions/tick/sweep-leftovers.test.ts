import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Job, JobImage } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { leftoversDue, leftoversGraceMs } from "../../shared/jobs/leftovers.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { createMemoryObjects } from "../../test/support/memory-objects.ts";
import { sweepLeftovers } from "./sweep-leftovers.ts";

const leaseMs = 1_000;
let now: number;
let items: Items;
let objects: Objects;
let jobs: JobStore;
let listed: string[];

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  const clock = { now: () => now, sleep: async () => {} };
  items = openEmbeddedItems(":memory:", { clock });
  objects = createMemoryObjects({ clock });
  jobs = createJobStore({ items, clock, leaseMs });
  listed = [];
});
afterEach(() => items.close());

const sweep = () =>
  sweepLeftovers({
    items,
    jobs,
    clock: { now: () => now },
    objects: {
      delete: (key) => objects.delete(key),
      walk: (prefix) => {
        listed.push(prefix);
        return objects.walk(prefix);
      },
    },
  });
const keys = async () => (await objects.list("")).objects.map(({ key }) => key);
const due = async () => (await items.query({ index: "due", partition: leftoversDue })).items.length;
const store = (key: string) => objects.put(key, new Uint8Array([1]), { contentType: "image/png" });
const image = (key: string) => ({ key }) as JobImage;
const result = (...images: string[]) => ({ images: images.map(image), warnings: [], inferenceMs: 1 });

async function claim(id: string): Promise<Job> {
  const claimed = await jobs.claim(id, "w");
  if (claimed.outcome !== "claimed") throw new Error(claimed.outcome);
  return claimed.job;
}

it("deletes what a killed worker had stored, once another has drawn the job, and keeps what the job names", async () => {
  await jobs.submit({ job: sampleJob("1", now) });
  await claim("job_1");
  await store("o/job_1/0-a.png"); // and here the worker is killed
  now += 10 * leaseMs;
  const held = await claim("job_1");
  await store("o/job_1/0-b.png");
  await store("o/job_10/0-c.png"); // of another job, whose id begins alike
  await jobs.succeed(held, result("o/job_1/0-b.png"));
  now += leftoversGraceMs - 1;
  expect(await sweep()).toBe(0);
  expect(listed).toEqual([]);
  now += 1;
  expect(await sweep()).toBe(1);
  expect(await keys()).toEqual(["o/job_1/0-b.png", "o/job_10/0-c.png"]);
  expect(await due()).toBe(0);
});

it.each([
  ["failed", (held: Job) => jobs.fail(held, { code: "image_missing", message: "", retryable: false })],
  ["canceled", (held: Job) => jobs.cancel(held)],
] as const)("deletes what the only attempt of a %s job had stored", async (status, end) => {
  await jobs.submit({ job: sampleJob("1", now) });
  const held = await claim("job_1");
  await store("o/job_1/0-a.png");
  expect((await end(held)).status).toBe(status);
  now += leftoversGraceMs;
  expect(await sweep()).toBe(1);
});

it("skips jobs whose only attempt succeeded, and jobs that never started", async () => {
  await jobs.submit({ job: sampleJob("1", now) });
  await jobs.succeed(await claim("job_1"), result("o/job_1/0-a.png"));
  await jobs.submit({ job: sampleJob("2", now) });
  await jobs.requestCancel("job_2");
  expect(await due()).toBe(0);
});

it("looks again when a worker that had lost the job stored something since", async () => {
  await jobs.submit({ job: sampleJob("1", now) });
  await jobs.cancel(await claim("job_1"));
  now += leftoversGraceMs;
  await store("o/job_1/0-late.png");
  expect([await sweep(), await due()]).toEqual([0, 1]);
  now += leftoversGraceMs;
  expect([await sweep(), await due()]).toEqual([1, 0]);
});

it("sweeps the jobs behind one whose objects cannot be deleted, and sets that one aside", async () => {
  for (const id of ["1", "2"]) {
    await jobs.submit({ job: sampleJob(id, now) });
    await jobs.cancel(await claim(`job_${id}`));
    await store(`o/job_${id}/0-a.png`);
  }
  now += leftoversGraceMs;
  const deleteObject = objects.delete.bind(objects);
  objects.delete = (key) => (key.startsWith("o/job_1/") ? Promise.reject(new Error("denied")) : deleteObject(key));
  expect(await sweep()).toBe(1);
  expect(await keys()).toEqual(["o/job_1/0-a.png"]);
  const aside = (await items.query({ index: "main", partition: "ASIDE" })).items;
  expect(aside.map(({ data }) => data)).toMatchObject([{ kind: "leftovers", id: "job_1", reason: "Error: denied" }]);
  objects.delete = deleteObject;
  now += 5_000;
  expect([await sweep(), await due()]).toEqual([1, 0]);
});
