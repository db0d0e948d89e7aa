import { expect, it } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";
import { addKnownSkus, readKnownSkus } from "./known-skus.ts";

it("remembers what has images under a key, of all runs and of no other key", async () => {
  const objects = createMemoryObjects({ clock: manualClock() });
  const owner = { accountId: "acc_1", runKey: "spring" };
  expect([...(await readKnownSkus(owner, objects))]).toEqual([]);
  await addKnownSkus(owner, new Set(["A-1", "货号"]), objects);
  await addKnownSkus(owner, new Set(["B-1", "A-1"]), objects);
  expect([...(await readKnownSkus(owner, objects))]).toEqual(["A-1", "货号", "B-1"]);
  expect((await readKnownSkus({ ...owner, runKey: "autumn" }, objects)).size).toBe(0);
});
