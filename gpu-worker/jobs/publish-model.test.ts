import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import { readModelFacts } from "../../shared/model-catalog/published-facts.ts";
import { readLiveWorkers, readServedModels } from "../../shared/model-catalog/worker-models.ts";
import { withMethods } from "../../shared/ports/with-methods.ts";
import { fakeModel } from "../../test/support/engine/fake-engine.ts";
import { openAdapterCatalog } from "./adapter-catalog.ts";
import { publishModel, workerModel } from "./publish-model.ts";

const folder = mkdtempSync(join(tmpdir(), "publish-"));
const items = openEmbeddedItems(":memory:");
afterAll(async () => {
  await items.close();
  rmSync(folder, { recursive: true });
});

/** Sleeps until `step`, which resolves once everybody is asleep again. */
function steppedClock() {
  let now = 1_000_000;
  let wake: (() => void) | undefined;
  return {
    now: () => now,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        wake = resolve;
        signal?.addEventListener("abort", () => resolve(), { once: true });
      }),
    async step(ms: number) {
      now += ms;
      const sleeper = wake;
      wake = undefined;
      sleeper?.();
      await vi.waitUntil(() => wake !== undefined, { interval: 1 });
    },
  };
}

it("tells the API of adapters as they come and go, and else writes once a minute", async () => {
  mkdirSync(join(folder, "loras"));
  writeFileSync(join(folder, "loras", "ink.safetensors"), "");
  const clock = steppedClock();
  let writes = 0;
  let isDown = true;
  const counted = {
    ...items,
    write: async (...given: Parameters<typeof items.write>) => {
      if (isDown) throw new Error("the table is away");
      writes++;
      await items.write(...given);
    },
  };
  const logged: string[] = [];
  const adapters = openAdapterCatalog(folder);
  const log = (_level: string, message: string) => logged.push(message);
  const stop = new AbortController();
  const done = publishModel({ items: counted, workerId: "w1", model: fakeModel, adapters, clock, log }, stop.signal);
  const loras = async () => {
    const [model] = await readServedModels(items, [catalogModel(fakeModel)], clock.now());
    return model!.adapters?.loras && [...model!.adapters.loras];
  };
  await clock.step(0);
  expect(logged[0]).toBe("failed to publish what this worker can do");
  isDown = false;
  await clock.step(1_000);
  expect(await loras()).toEqual(["ink"]);
  writeFileSync(join(folder, "loras", "oil.safetensors"), "");
  await clock.step(1_000);
  expect(await loras()).toEqual(["ink", "oil"]);
  for (let second = 0; second < 60; second++) await clock.step(1_000);
  expect(writes).toBe(3);
  stop.abort();
  await done;
});

it("has the LoRAs of accounts alone without a folder, and looks at images where the checkpoint can", () => {
  expect(workerModel(fakeModel, undefined)).toEqual({
    id: fakeModel.id,
    capabilities: expect.arrayContaining(["loras"]),
    limits: undefined,
    adapters: { loras: [], controlnets: [] },
  });
  expect(workerModel(fakeModel, undefined).capabilities).not.toContain("controlnet");
  expect(workerModel({ ...fakeModel, capabilities: ["references"] }, undefined).capabilities).toContain("references");
});

it("tells once what the folder says of the model, and again when that could not be written", async () => {
  const clock = steppedClock();
  let isDown = true;
  let writes = 0;
  const shaky = withMethods(items, {
    write: async (...given) => {
      if (isDown) throw new Error("the table is away");
      writes++;
      await items.write(...given);
    },
  });
  const model = { ...fakeModel, id: "described", facts: { licence: "MIT" } };
  const stop = new AbortController();
  const done = publishModel(
    { items: shaky, workerId: "w2", model, adapters: undefined, clock, log: () => {} },
    stop.signal,
  );
  await clock.step(1_000);
  isDown = false;
  await clock.step(1_000);
  await clock.step(1_000);
  expect([writes, (await readModelFacts(items, ["described"])).get("described")]).toEqual([2, { licence: "MIT" }]);
  stop.abort();
  await done;
});

it("tells operators how it runs its model", async () => {
  const clock = steppedClock();
  const stop = new AbortController();
  const setup = { device: "cpu", runtime: "node", plan: "all in memory" } as const;
  const model = { ...fakeModel, id: "told" };
  const done = publishModel(
    { items, workerId: "w3", model, setup, memoryBytes: () => 7, adapters: undefined, clock, log: () => {} },
    stop.signal,
  );
  await clock.step(1_000);
  expect((await readLiveWorkers(items, clock.now())).find(({ id }) => id === "w3")).toMatchObject({
    model: "told",
    worker: { ...setup, memoryBytes: 7, startedAt: 1_000_000 },
  });
  stop.abort();
  await done;
});
