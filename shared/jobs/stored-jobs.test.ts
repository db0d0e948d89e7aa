import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { withMethods } from "../ports/with-methods.ts";
import { maxRaces, StoredJobs } from "./stored-jobs.ts";

const now = 1_700_000_000_000;
const clock = { now: () => now, sleep: async () => {} };
const job = sampleJob("1", now);
let items: Items;
beforeEach(async () => {
  items = openEmbeddedItems(":memory:", { clock });
  await items.write(await open(items).writesOf(undefined, { job, events: [{ type: "queued", data: {} }] }));
});
afterEach(() => items.close());

const open = (over: Items) =>
  new StoredJobs({
    items: over,
    clock,
    times: { leaseMs: 1_000, maxFailures: 3 },
    resendMs: 500,
    askMs: 1_000,
    recordsS: 3_600,
    maxUnfinished: 100,
  });

/** A store in which somebody else changes the job before each of the first `races` writes. */
function contended(races: number): Items {
  let left = races;
  return withMethods(items, {
    async write(writes) {
      if (left-- > 0) await open(items).transition(job.id, ({ job: found }) => ({ job: found, events: [] }));
      await items.write(writes);
    },
  });
}

it("reads the job and takes the step again when another write came first", async () => {
  let taken = 0;
  const changed = await open(contended(3)).transition(job.id, ({ job: found }) => {
    taken++;
    return { job: { ...found, failures: 1 }, events: [] };
  });
  expect([changed.failures, taken]).toEqual([1, 4]);
});

it("takes endless races for a bug", async () => {
  const stuck = open(contended(maxRaces)).transition(job.id, ({ job: found }) => ({ job: found, events: [] }));
  await expect(stuck).rejects.toThrow(`lost ${maxRaces} races in a row`);
});

it("writes nothing for a step that changes nothing, and names a job that is not there", async () => {
  const before = await open(items).read(job.id);
  expect(await open(items).transition(job.id, () => undefined)).toEqual(job);
  expect(await open(items).read(job.id)).toEqual(before);
  await expect(open(items).transition("job_2", () => undefined)).rejects.toMatchObject({ code: "job_not_found" });
});
