import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleJob, sampleParams, samplePrice } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { settleWrites } from "./ledger.ts";
import { type UsageGrouping, usageReport } from "./usage-report.ts";
import { rollupIndex } from "./usage-rollups.ts";

const dayMs = 86_400_000;
const day = Date.UTC(2026, 10, 3);
/** All that is told here is over. */
const now = day + 30 * dayMs;
let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

/**
 * The ledger entry of a job that ended `at`.
 * @param by - "old": as a version without roll-ups wrote it
 */
async function end(
  id: string,
  at: number,
  given: { model?: string; sku?: string; charged?: number; keyId?: string; by?: "old" } = {},
) {
  const { model = "m", sku, charged = 100, keyId = "key_1", by } = given;
  const params = { ...sampleParams, model };
  const metadata: { [name: string]: string } = sku === undefined ? {} : { sku };
  const job = sampleJob(id, at, { params, metadata, price: samplePrice, status: "succeeded", charged, keyId });
  await items.write(
    settleWrites(job, { ...job, status: "running" }, at).filter(
      (write) => "put" in write || ("add" in write && write.add.sk.startsWith("USE#") && by !== "old"),
    ),
  );
}

/** Since then the store has roll-ups. */
const rollUpSince = (at: number) =>
  items.write([{ put: { pk: `INDEX#${rollupIndex}`, sk: "META", data: { from: new Date(at).toISOString() } } }]);

/** The main store, and the sort keys that were asked for. */
function watched(asked: string[]): Items {
  return {
    get: (key) => items.get(key),
    query: (query) => {
      asked.push(`${query.from} to ${query.to}`);
      return items.query(query);
    },
    write: (writes) => items.write(writes),
    close: () => items.close(),
  };
}

const groupingOf = (by: "day" | "key" | "model" | `metadata.${string}`): UsageGrouping =>
  by.startsWith("metadata.") ? (by as `metadata.${string}`) : [by as "day"];

const report = async (
  by: "day" | "key" | "model" | `metadata.${string}`,
  from = day,
  to = day + dayMs,
  store = items,
) =>
  (await usageReport(store, { accountId: "acc_1", from, to, by: groupingOf(by), now })).map(
    ({ groups, jobs, charged }) => [groups[0], jobs, charged],
  );

it("takes what ended from the first instant up to the last, which is not in it", async () => {
  await end("1", day - 1);
  await end("2", day, { charged: 1 });
  await end("3", day + 86_399_999, { charged: 2 });
  await end("4", day + 86_400_000);
  expect(await report("day")).toEqual([["2026-11-03", 2, 3]]);
});

it("groups by day, key, model or label, in the order of the names", async () => {
  await end("1", day, { model: "b", sku: "x" });
  await end("2", day + 1, { model: "a" });
  await end("3", day + 86_400_000, { model: "b" });
  const to = day + 2 * 86_400_000;
  expect(await report("day", day, to)).toEqual([
    ["2026-11-03", 2, 200],
    ["2026-11-04", 1, 100],
  ]);
  expect(await report("model", day, to)).toEqual([
    ["a", 1, 100],
    ["b", 2, 200],
  ]);
  expect(await report("metadata.sku", day, to)).toEqual([
    ["", 2, 200],
    ["x", 1, 100],
  ]);
  expect(await report("metadata.constructor", day, to), "a name that every object has").toEqual([["", 3, 300]]);
  expect(await report("key", day, to)).toEqual([["key_1", 3, 300]]);
});

describe("with roll-ups", () => {
  it.each(["day", "key", "model"] as const)("groups by %s as the ledger does, whatever the span", async (by) => {
    for (let i = 0; i < 60; i++) {
      const at = day + i * 3_600_000 * 3;
      await end(String(i), at, { model: i % 2 ? "a#1" : "b", keyId: `key_${i % 3}`, charged: i });
    }
    const spans = [
      [day, day + 8 * dayMs],
      [day + 1, day + 8 * dayMs - 1],
      [day + dayMs / 2, day + dayMs],
      [day + dayMs / 2, day + 1.5 * dayMs],
      [day + dayMs, day + 2 * dayMs],
      [day + 5 * dayMs, now + dayMs],
      [day - dayMs, now + 1],
    ] as const;
    const fromLedger = [];
    for (const [from, to] of spans) fromLedger.push(await report(by, from, to));
    await rollUpSince(day - 3 * dayMs);
    for (const [i, [from, to]] of spans.entries()) expect(await report(by, from, to)).toEqual(fromLedger[i]);
  });

  it("reads whole days from them, and parts of days and labels from the ledger", async () => {
    await rollUpSince(day - 3 * dayMs);
    const asked: string[] = [];
    await report("day", day - 1_000, day + 10 * dayMs + 1_000, watched(asked));
    expect(asked).toEqual([
      "LED#2026-11-02T23:59:59.000Z to LED#2026-11-02T23:59:59.999Z$",
      "USE#2026-11-03 to USE#2026-11-12~",
      "LED#2026-11-13T00:00:00.000Z to LED#2026-11-13T00:00:00.999Z$",
    ]);
    asked.length = 0;
    await report("metadata.sku", day, day + dayMs, watched(asked));
    expect(asked).toEqual(["LED#2026-11-03T00:00:00.000Z to LED#2026-11-03T23:59:59.999Z$"]);
  });

  it("reads the day that is not over from them when it is asked for up to now", async () => {
    await rollUpSince(day - 3 * dayMs);
    const asked: string[] = [];
    await report("day", now - (now % dayMs), now + 1, watched(asked));
    expect(asked).toEqual(["USE#2026-12-03 to USE#2026-12-03~"]);
  });

  it("counts what an earlier version wrote, also while some of its workers go on", async () => {
    await end("1", day, { by: "old" });
    await rollUpSince(day + 1_000);
    await end("2", day + 2_000);
    await end("3", day + dayMs + 1, { by: "old" });
    await end("4", day + dayMs + 2);
    await end("5", day + 2 * dayMs);
    expect(await report("day", day, day + 3 * dayMs)).toEqual([
      ["2026-11-03", 2, 200],
      ["2026-11-04", 2, 200],
      ["2026-11-05", 1, 100],
    ]);
  });
});

it("groups by several at once, from sums and ledger alike", async () => {
  await rollUpSince(day - 10 * dayMs);
  await end("1", day + 1);
  await end("2", day + 2, { model: "n" });
  await end("3", day + dayMs + 5, { keyId: "key_2" });
  await end("4", day + dayMs + 6, { keyId: "key_2", charged: 7 });
  const grouped = async (to: number) =>
    (await usageReport(items, { accountId: "acc_1", from: day, to, by: ["day", "key"], now })).map(
      ({ groups, jobs, charged }) => [...groups, jobs, charged],
    );
  const first = ["2026-11-03", "key_1", 2, 200];
  expect(await grouped(day + 2 * dayMs)).toEqual([first, ["2026-11-04", "key_2", 2, 107]]);
  expect(await grouped(day + dayMs + 6)).toEqual([first, ["2026-11-04", "key_2", 1, 100]]);
  const all = { accountId: "acc_1", from: day, to: day + 2 * dayMs, by: ["model", "key", "day"], now } as const;
  expect((await usageReport(items, all)).map(({ groups }) => groups)).toEqual([
    ["m", "key_1", "2026-11-03"],
    ["m", "key_2", "2026-11-04"],
    ["n", "key_1", "2026-11-03"],
  ]);
});
