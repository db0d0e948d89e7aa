import { afterEach, beforeEach, expect, it } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { WorkerPaces } from "./model-pace.ts";
import { imagesPerMinute, readActivity, waitQuantile } from "./read-activity.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const clock = manualClock();
let items: Items;
let paces: WorkerPaces;
beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock });
  paces = new WorkerPaces(items, clock, 1_000);
  clock.advance(hourMs - (clock.now() % hourMs) + 58 * minuteMs);
});
afterEach(() => items.close());

const drawn = (given: { images?: number; waitMs?: number; workerId?: string } = {}) =>
  paces.add({ workerId: "w1", model: "m", work: 1, ms: 500, ...given });
const read = (hours = 2) => readActivity(items, { models: ["m", "other"], hours, now: clock.now() });
const images = async (minutes: number) =>
  imagesPerMinute(await read(), { minutes, now: clock.now() }).map((minute) => minute.images);

it("counts the images of each minute, over workers and across the hour", async () => {
  await drawn({ images: 3 });
  clock.advance(minuteMs);
  await drawn({ images: 1, workerId: "w2" });
  clock.advance(minuteMs);
  await drawn({ images: 2 });
  await drawn({ images: 2, workerId: "w2" });
  expect(await images(4)).toEqual([0, 3, 1, 4]);
  expect(await images(1)).toEqual([4]);
});

it("loses nothing of the hour that is over, though it was not yet written", async () => {
  clock.advance(2 * minuteMs - 500);
  await drawn();
  await drawn({ images: 5 }); // within the second after a write
  clock.advance(1_000);
  await drawn();
  const [before, after] = [await readActivity(items, { models: ["m"], hours: 2, now: clock.now() }), await images(2)];
  expect(before.map(({ jobs }) => jobs).sort()).toEqual([1, 2]);
  expect(after).toEqual([6, 1]);
});

it("tells how long jobs waited, within a class by its share", async () => {
  expect(waitQuantile(await read(), 0.5)).toBeUndefined();
  for (const seconds of [0.05, 0.15, 0.15, 4]) {
    clock.advance(1_000);
    await drawn({ waitMs: seconds * 1_000 });
  }
  const activity = await read();
  // Two of four: the second is in the middle of the class of 0.1 to 0.2 s that has two.
  expect(waitQuantile(activity, 0.5)).toBeCloseTo(0.15);
  expect(waitQuantile(activity, 1)).toBe(5);
  clock.advance(1_000);
  await drawn({ waitMs: 10 * hourMs });
  expect(waitQuantile(await read(), 1)).toBe(3_600);
});

it("passes over rows of earlier versions, which have no minutes", async () => {
  const hour = new Date(clock.now()).toISOString().slice(0, 13);
  await items.write([{ put: { pk: "PACE#m", sk: `${hour}#old`, data: { work: 1, ms: 1, jobs: 1 } } }]);
  expect(await read()).toEqual([]);
});
