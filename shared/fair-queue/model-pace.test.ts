import { afterEach, beforeEach, expect, it } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { readModelPace, WorkerPaces } from "./model-pace.ts";

const hourMs = 3_600_000;
const clock = manualClock();
let items: Items;
let paces: WorkerPaces;
beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock });
  paces = new WorkerPaces(items, clock, 1_000);
  // A little after the hour began.
  clock.advance(hourMs - (clock.now() % hourMs) + 1);
});
afterEach(() => items.close());

const drawn = (work: number, ms: number, { worker = "w1", model = "m" } = {}) =>
  paces.add({ workerId: worker, model, work, ms });

it("is unknown before the first job", async () => {
  await drawn(1, 1, { model: "another" });
  expect(await readModelPace(items, "m")).toBeUndefined();
});

it("is that of all workers in the last two hours in which something was drawn", async () => {
  await drawn(1_000, 1);
  clock.advance(4 * hourMs);
  await drawn(10, 100);
  clock.advance(2 * hourMs);
  await drawn(10, 50);
  await drawn(20, 50, { worker: "w2" });
  expect(await readModelPace(items, "m")).toEqual({ msPerWork: 5, workPerJob: 40 / 3 });
});

it("is written once in a while, with all that was drawn until then", async () => {
  await drawn(10, 10);
  await drawn(10, 30);
  expect(await readModelPace(items, "m")).toEqual({ msPerWork: 1, workPerJob: 10 });
  clock.advance(1_000);
  await drawn(20, 80);
  expect(await readModelPace(items, "m")).toEqual({ msPerWork: 3, workPerJob: 40 / 3 });
});

it("counts what an earlier version kept for all workers together", async () => {
  const hour = new Date(clock.now()).toISOString().slice(0, 13);
  await items.write([{ add: { pk: "PACE#m", sk: hour }, amounts: { work: 10, ms: 20, jobs: 1 } }]);
  await drawn(10, 40);
  expect(await readModelPace(items, "m")).toEqual({ msPerWork: 3, workPerJob: 10 });
});

it("costs no job when it cannot be written", async () => {
  const broken: Items = { ...items, write: () => Promise.reject(new Error("ECONNRESET")) };
  await new WorkerPaces(broken, clock).add({ workerId: "w1", model: "m", work: 1, ms: 1 });
});
