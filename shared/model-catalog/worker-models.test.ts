import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import { catalogModel } from "./model-catalog.ts";
import { publishWorkerModel, readServedModels } from "./worker-models.ts";

const catalogue = [
  catalogModel({ id: "z-image-turbo", family: "turbo", random: false }),
  catalogModel({ id: "z-image", family: "base", random: false }),
];
const [turbo, base] = catalogue;
const id = "z-image-turbo";
const now = 1_000_000_000;
let items: ReturnType<typeof openEmbeddedItems>;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

async function served(at = now) {
  const [first, second] = await readServedModels(items, catalogue, at);
  expect(second, "no worker has it").toBe(base);
  return first!;
}

it("is the catalogue while no worker has written", async () => {
  expect(await served()).toBe(turbo);
});

it("takes capabilities and limits from the newest record, and keeps what that leaves out", async () => {
  await publishWorkerModel(items, "w1", { id, limits: { maxSide: 512, minSide: 32 } }, now - 5_000);
  await publishWorkerModel(items, "w2", { id, capabilities: ["references"], limits: { maxSide: 1_024 } }, now - 1_000);
  expect(await served()).toMatchObject({
    capabilities: ["references"],
    limits: { ...turbo!.limits, maxSide: 1_024 },
    defaultSteps: 8,
  });
});

it("knows the adapters of every live worker, and forgets those of one that is gone", async () => {
  const loras = (...ids: string[]) => ({ id, adapters: { loras: ids.map((name) => ({ id: name })), controlnets: [] } });
  await publishWorkerModel(items, "w1", loras("ink"), now - 599_000);
  await publishWorkerModel(items, "w2", loras("oil", "ink"), now);
  expect((await served()).adapters).toEqual({ loras: new Set(["ink", "oil"]), controlnets: new Set() });
  await publishWorkerModel(items, "w1", loras("clay"), now - 598_000);
  expect((await served(now + 10_000)).adapters?.loras).toEqual(new Set(["oil", "ink"]));
});

it("does not know the adapters when a worker does not say, or none lives", async () => {
  await publishWorkerModel(items, "w1", { id, adapters: { loras: [{ id: "ink" }] } }, now);
  expect((await served()).adapters).toEqual({ loras: new Set(["ink"]), controlnets: undefined });
  await publishWorkerModel(items, "w2", { id }, now);
  expect((await served()).adapters?.loras).toBeUndefined();
  expect((await served(now + 3_600_000)).adapters?.loras).toBeUndefined();
});

it("forgets a checkpoint a day after its last worker, and passes over what it cannot read", async () => {
  await publishWorkerModel(items, "w1", { id, limits: { maxSide: 512 } }, now);
  await items.write([{ put: { pk: "WORKER_MODELS", sk: `${id}#w9`, data: { id, at: now + 1, limits: "none" } } }]);
  expect((await served(now + 86_399_000)).limits.maxSide).toBe(512);
  expect(await served(now + 86_400_000)).toBe(turbo);
});
