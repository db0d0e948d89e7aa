import { expect, it } from "vitest";
import { collect } from "../../test/support/collect.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import { dueShard, dueShards, eachDue, queryDue } from "./due-shards.ts";

const items = openEmbeddedItems(":memory:");
const put = (id: string, dueAt: number, duePk = dueShard("DUE", id)) =>
  items.write([{ put: { pk: id, sk: "META", duePk, dueAt, data: {} } }]);

it("spreads ids evenly, each always to the same shard", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 1_600; i++) {
    const shard = dueShard("DUE", `job_${String(i * 7_919).padStart(26, "0")}`);
    counts.set(shard, (counts.get(shard) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(dueShards("DUE").slice(1).sort());
  for (const count of counts.values()) expect(count).toBeGreaterThan(50);
  expect(dueShard("DUE", "job_1")).toBe(dueShard("DUE", "job_1"));
});

it("finds what is due in all shards, earliest first, with what an earlier version left in the one it had", async () => {
  for (let i = 0; i < 40; i++) await put(`id ${i}`, 1_000 - i);
  await put("of the version before", 970, "DUE");
  await put("not yet", 1_001);
  const due = await queryDue(items, "DUE", { to: 1_000, limit: 31 });
  const times = Array.from({ length: 30 }, (_, i) => 961 + i);
  expect(due.map(({ dueAt }) => dueAt)).toEqual([...times, 970].sort());
  expect(await collect(eachDue(items, "DUE", { to: 1_000, pageSize: 3 }))).toHaveLength(41);
  expect(await collect(eachDue(items, "DUE"))).toHaveLength(42);
});
