import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { withMethods } from "../ports/with-methods.ts";
import { AttemptCounts, readAttemptHours, readAttemptTotals } from "./attempt-totals.ts";

const hourMs = 3_600_000;
const now = Date.parse("2026-01-31T23:59:00Z");
let store: Items;
let writes = 0;
let isDown = false;
let items: Items;
beforeEach(() => {
  [writes, isDown] = [0, false];
  store = openEmbeddedItems(":memory:");
  items = withMethods(store, {
    async write(all) {
      if (isDown) throw new Error("the table is away");
      writes++;
      await store.write(all);
    },
  });
});
afterEach(() => store.close());

it("adds to what was counted before, and writes nothing where nothing was", async () => {
  const counts = new AttemptCounts();
  expect(await readAttemptTotals(items)).toEqual({});
  for (const status of ["delivered", "delivered", "pending"]) counts.add({ status, accountId: "a" }, now);
  await counts.flush(items);
  counts.add({ status: "delivered", accountId: "b" }, now);
  await counts.flush(items);
  await counts.flush(items);
  expect(await readAttemptTotals(items)).toEqual({ delivered: 3, pending: 1 });
  expect(writes).toBe(2);
});

it("keeps the hours of the service and of each endpoint, across midnight", async () => {
  const counts = new AttemptCounts();
  counts.add({ status: "delivered", accountId: "a", endpointId: "we_1" }, now);
  counts.add({ status: "failed", accountId: "a", endpointId: "we_2" }, now + hourMs);
  counts.add({ status: "pending", accountId: "a" }, now + hourMs);
  await counts.flush(items);
  const asked = { hours: 3, now: now + hourMs };
  expect(await readAttemptHours(items, asked)).toEqual([
    { at: Date.parse("2026-01-31T22:00:00Z"), attempts: {} },
    { at: Date.parse("2026-01-31T23:00:00Z"), attempts: { delivered: 1 } },
    { at: Date.parse("2026-02-01T00:00:00Z"), attempts: { failed: 1, pending: 1 } },
  ]);
  const ofEndpoint = async (endpoint: string) =>
    (await readAttemptHours(items, asked, { accountId: "a", endpoint })).map(({ attempts }) => attempts);
  expect(await ofEndpoint("we_1")).toEqual([{}, { delivered: 1 }, {}]);
  expect(await ofEndpoint("default")).toEqual([{}, {}, { pending: 1 }]);
});

it("adds later what could not be written, and writes twice a minute at most where it is asked often", async () => {
  const counts = new AttemptCounts();
  counts.add({ status: "delivered", accountId: "a" }, now);
  isDown = true;
  await expect(counts.flush(items)).rejects.toThrow("away");
  counts.add({ status: "delivered", accountId: "a" }, now);
  isDown = false;
  await counts.flushSometimes(items, now);
  counts.add({ status: "delivered", accountId: "a" }, now);
  await counts.flushSometimes(items, now + 29_999);
  expect([writes, await readAttemptTotals(items)]).toEqual([1, { delivered: 2 }]);
  await counts.flushSometimes(items, now + 30_000);
  expect([writes, await readAttemptTotals(items)]).toEqual([2, { delivered: 3 }]);
});
