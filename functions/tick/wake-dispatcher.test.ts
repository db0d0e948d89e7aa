import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { laneWrite } from "../../shared/webhooks/webhook-outbox.ts";
import { createMemoryQueue } from "../../test/support/memory-queue.ts";
import { wakeDispatcher } from "./wake-dispatcher.ts";

it("sends one notice when rows of any account are due, and none before", async () => {
  const clock = { now: () => 1_000, sleep: async () => {} };
  const items = openEmbeddedItems(":memory:", { clock });
  const notices = createMemoryQueue({ clock });
  await items.write([laneWrite("acc_later", 1_001)]);
  await wakeDispatcher(items, { notices, clock });
  expect(await notices.depth()).toMatchObject({ visible: 0 });
  await items.write([laneWrite("acc_1", 999), laneWrite("acc_2", 1_000)]);
  await wakeDispatcher(items, { notices, clock });
  expect(await notices.depth()).toMatchObject({ visible: 1 });
  await items.close();
});
