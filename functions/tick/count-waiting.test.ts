import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { countWaiting } from "./count-waiting.ts";

const clock = manualClock();
let items: ReturnType<typeof openEmbeddedItems>;
beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock });
});
afterEach(() => items.close());

it("counts the jobs in line over accounts and lanes, and none that is in the queue", async () => {
  const jobs = createJobStore({ items, clock, accountWindow: 1 });
  let id = 0;
  const submit = async (accountId: string, lane: "interactive" | "batch") => {
    const job = sampleJob(String(++id).padStart(26, "0"), clock.now(), { accountId, lane });
    await jobs.submit({ job });
    return job;
  };
  expect(await countWaiting(items, clock.now(), 10)).toBe(0);
  await submit("acc_1", "interactive");
  expect(await countWaiting(items, clock.now(), 10), "the first is in the queue").toBe(0);
  const waiting = await submit("acc_1", "interactive");
  for (const _ of [1, 2, 3]) await submit("acc_2", "batch");
  expect(await countWaiting(items, clock.now(), 10)).toBe(3);
  await jobs.requestCancel(waiting.id);
  expect(await countWaiting(items, clock.now(), 10)).toBe(2);
});
