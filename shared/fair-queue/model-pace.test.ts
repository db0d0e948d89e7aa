import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { modelPaceKey, readModelPace } from "./model-pace.ts";

const hour = (n: number) => Date.UTC(2026, 0, 1, n, 59);
let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

const drawn = (at: number, amounts: { work: number; ms: number; jobs: number }, model = "m") =>
  items.write([{ add: modelPaceKey(model, at), amounts }]);

it("is unknown before the first job", async () => {
  await drawn(hour(1), { work: 1, ms: 1, jobs: 1 }, "another");
  expect(await readModelPace(items, "m")).toBeUndefined();
});

it("is that of the last two hours in which something was drawn", async () => {
  await drawn(hour(1), { work: 1_000, ms: 1, jobs: 1 });
  await drawn(hour(5), { work: 10, ms: 100, jobs: 1 });
  await drawn(hour(7), { work: 10, ms: 50, jobs: 1 });
  await drawn(hour(7), { work: 20, ms: 50, jobs: 2 });
  expect(await readModelPace(items, "m")).toEqual({ msPerWork: 5, workPerJob: 10 });
});
