import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleJob, sampleParams, samplePrice } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { settleWrites } from "./ledger.ts";
import { type UsageGrouping, usageReport } from "./usage-report.ts";

const day = Date.UTC(2026, 10, 3);
let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

/** The ledger entry of a job that ended `at`. */
async function end(id: string, at: number, given: { model?: string; sku?: string; charged?: number } = {}) {
  const { model = "m", sku, charged = 100 } = given;
  const params = { ...sampleParams, model };
  const metadata: { [name: string]: string } = sku === undefined ? {} : { sku };
  const job = sampleJob(id, at, { params, metadata, price: samplePrice, status: "succeeded", charged });
  await items.write(settleWrites(job, { ...job, status: "running" }, at).filter((write) => "put" in write));
}

const report = async (by: UsageGrouping, from = day, to = day + 86_400_000) =>
  (await usageReport(items, { accountId: "acc_1", from, to, by })).map(({ group, jobs, charged }) => [
    group,
    jobs,
    charged,
  ]);

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
