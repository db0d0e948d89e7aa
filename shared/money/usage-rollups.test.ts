import { afterEach, beforeEach, expect, it } from "vitest";
import { collect } from "../../test/support/collect.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { dayOf, type LedgerUsage, readRollups, rollupWrite, sumsOf } from "./usage-rollups.ts";

let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

const usage: LedgerUsage = {
  status: "succeeded",
  charged: 100,
  currency: "USD",
  model: "m",
  lane: "interactive",
  images: 2,
  steps: 16,
  megapixels: 0.1 + 0.2,
  metadata: {},
};
const add = (day: string, given: { account?: string; model?: string; usage?: LedgerUsage } = {}) =>
  items.write([
    rollupWrite(given.account ?? "A#1", { day, keyId: "key_1", model: given.model ?? "m" }, given.usage ?? usage),
  ]);
const rows = (from: string, to: string) => collect(readRollups(items, "A#1", { from, to }));

it("adds every settlement of a day to one row, in whole numbers", async () => {
  await add("2026-11-03");
  await add("2026-11-03", { usage: { ...usage, status: "failed", charged: 0, images: 0, steps: 0, megapixels: 0 } });
  expect(await rows("2026-11-03", "2026-11-03")).toEqual([
    {
      of: { day: "2026-11-03", keyId: "key_1", model: "m" },
      sums: { jobs: 2, succeeded: 1, images: 2, steps: 16, pixels: 300_000, charged: 100 },
    },
  ]);
});

it("reads the days from the first to the last, both included, of this account only", async () => {
  for (const day of ["2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"]) await add(day);
  await add("2026-11-03", { account: "A#2" });
  expect((await rows("2026-11-03", "2026-11-04")).map(({ of }) => of.day)).toEqual(["2026-11-03", "2026-11-04"]);
});

it("keeps models apart, also one with the sign between the parts of a key", async () => {
  await add("2026-11-03", { model: "m#v2" });
  await add("2026-11-03");
  expect((await rows("2026-11-03", "2026-11-03")).map(({ of }) => of.model)).toEqual(["m", "m#v2"]);
});

it("counts a job that did not succeed as a job, and ends the day at midnight UTC", () => {
  expect(sumsOf({ ...usage, status: "canceled" })).toMatchObject({ jobs: 1, succeeded: 0, charged: 100 });
  const midnight = Date.UTC(2026, 10, 4);
  expect([dayOf(midnight - 1), dayOf(midnight)]).toEqual(["2026-11-03", "2026-11-04"]);
});
