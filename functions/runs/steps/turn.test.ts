import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import type { Items } from "../../../shared/ports/items.ts";
import { sampleRun } from "../../../test/support/api/sample-run.ts";
import { collect } from "../../../test/support/collect.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import type { Run } from "../run.ts";
import { createRun, findRun, readRows, rowWrite, runWrite } from "../run-store.ts";
import { Turn, TurnLost } from "./turn.ts";

const clock = manualClock();
const run = sampleRun();
let items: Items;
beforeEach(async () => {
  items = openEmbeddedItems(":memory:", { clock });
  await createRun(items, run);
});
afterEach(() => items.close());

const stored = async () => (await findRun(items, run.id))!;
const turn = async () => new Turn(await stored(), { items, clock });
/** Somebody else changes the run. */
async function change(changes: Partial<Run>) {
  const { run: now, version } = await stored();
  await items.write([runWrite({ ...now, ...changes }, version)]);
}

it("is written down with the time until which it lasts, and what changes with it", async () => {
  const own = await turn();
  await own.keep(() => ({ next: 1 }), [rowWrite(run, { row: 0, key: "a" })], 5_000);
  const until = clock.now() + 5_000;
  expect((await stored()).run).toMatchObject({ next: 1, workingUntil: until, nextAt: until });
  expect(own.run).toEqual((await stored()).run);
  expect(await collect(readRows(items, run, 0))).toEqual([{ row: 0, key: "a" }]);
});

it("leaves the run to the next at the time it names", async () => {
  const own = await turn();
  await own.keep();
  await own.end(() => ({ nextAt: 7_000 }));
  const { run: left } = await stored();
  expect(left.nextAt).toBe(7_000);
  expect(left.workingUntil).toBeUndefined();
});

it("goes to one of two that begin at once; the other writes nothing", async () => {
  const [first, second] = [await turn(), await turn()];
  await first.keep();
  await expect(second.keep(() => ({ next: 1 }), [rowWrite(run, { row: 0, key: "a" })])).rejects.toThrow(TurnLost);
  expect((await stored()).run.next).toBe(0);
  expect(await collect(readRows(items, run, 0))).toEqual([]);
});

it("records its work on top of what the caller changed meanwhile", async () => {
  const own = await turn();
  await own.keep();
  await change({ status: "canceling", cancelledAt: 3 });
  await own.keep(() => ({ next: 1 }));
  expect((await stored()).run).toMatchObject({ status: "canceling", cancelledAt: 3, next: 1 });
});

it("is lost once another process has taken it, or the run has another step", async () => {
  const slow = await turn();
  await slow.keep();
  clock.advance(60_001);
  await (await turn()).keep();
  await expect(slow.end(() => ({ nextAt: 0 }))).rejects.toThrow(TurnLost);
  const own = await turn();
  await own.keep();
  await change({ status: "finishing" });
  await expect(own.keep()).rejects.toThrow(`another process has taken over run ${run.id}`);
});

it("gives the account's place back when the run is over", async () => {
  const places = async () => (await items.get({ pk: "ACC#acc_1#BATCHES", sk: "PLACES" }))?.data.free;
  const free = Number(await places());
  const own = await turn();
  await own.keep();
  await own.end(() => ({ status: "completed", nextAt: 0 }));
  expect(await places()).toBe(free + 1);
  expect((await stored()).run.holdsPlace).toBeUndefined();
});
