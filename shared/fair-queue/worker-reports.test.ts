import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { countWorkers, meanSecondsPerJob, reportSecondsPerJob } from "./worker-reports.ts";

const now = Date.UTC(2026, 0, 1);
let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock: { now: () => now, sleep: async () => {} } });
});
afterEach(() => items.close());

it("takes the last report of each worker, for ten minutes", async () => {
  await reportSecondsPerJob(items, "w1", 100, now - 600_000);
  await reportSecondsPerJob(items, "w1", 2, now);
  await reportSecondsPerJob(items, "w2", 4, now - 599_999);
  await reportSecondsPerJob(items, "w3", 8, now - 600_000);
  expect([await countWorkers(items, now), await meanSecondsPerJob(items, now)]).toEqual([2, 3]);
});

it("knows no pace before the first report", async () => {
  expect([await countWorkers(items, now), await meanSecondsPerJob(items, now)]).toEqual([0, undefined]);
});
