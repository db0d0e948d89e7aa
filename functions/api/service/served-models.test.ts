import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { publishModelFacts } from "../../../shared/model-catalog/published-facts.ts";
import { publishWorkerModel } from "../../../shared/model-catalog/worker-models.ts";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { turbo } from "../../../test/support/api/api-under-test.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { ServedModels } from "./served-models.ts";

it("reads the workers' records at most once a second, and goes on with the last when the store does not answer", async () => {
  const items = openEmbeddedItems(":memory:");
  const clock = manualClock();
  const logged: string[] = [];
  let reads = 0;
  let isDown = false;
  const counted = withMethods(items, {
    query: async (...asked) => {
      reads++;
      if (isDown) throw new Error("the table is away");
      return items.query(...asked);
    },
  });
  const served = new ServedModels({
    items: counted,
    clock,
    models: [turbo],
    log: (_level, message) => logged.push(message),
  });
  const held = served.models;
  await Promise.all([served.refresh(), served.refresh()]);
  expect([reads, held[0]]).toEqual([1, turbo]);

  await publishWorkerModel(items, "w1", { id: turbo.id, limits: { maxSide: 512 } }, clock.now());
  clock.advance(999);
  await served.refresh();
  expect([reads, held[0]!.limits.maxSide]).toEqual([1, 2048]);
  clock.advance(1);
  await served.refresh();
  expect([reads, held[0]!.limits.maxSide], "in the array that routes hold").toEqual([2, 512]);

  isDown = true;
  clock.advance(1_000);
  await served.refresh();
  expect([held[0]!.limits.maxSide, logged]).toEqual([512, ["failed to read what the workers can do"]]);
  await items.close();
});

it("reads the facts of the models once a minute, and keeps them when the store does not answer", async () => {
  const items = openEmbeddedItems(":memory:");
  const clock = manualClock();
  let isDown = false;
  let reads = 0;
  const counted = withMethods(items, {
    get: async (key) => {
      reads++;
      if (isDown) throw new Error("the table is away");
      return items.get(key);
    },
  });
  const served = new ServedModels({ items: counted, clock, models: [turbo], log: () => {} });
  await publishModelFacts(items, turbo.id, { revision: "abc" }, clock.now());
  await served.refresh();
  clock.advance(59_000);
  await served.refresh();
  expect([reads, served.models[0]?.revision]).toEqual([1, "abc"]);
  isDown = true;
  clock.advance(1_000);
  await served.refresh();
  expect([reads, served.models[0]?.revision]).toEqual([2, "abc"]);
  await items.close();
});
