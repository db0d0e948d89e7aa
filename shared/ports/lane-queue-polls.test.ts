import { expect, it } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createMemoryQueue } from "../../test/support/memory-queue.ts";
import { createLaneQueue } from "./lane-queue.ts";
import type { Queue } from "./queue.ts";

const clock = manualClock();

/** A queue as SQS is polled: a receive that does not wait sees nothing for the first `misses` times. */
function pollingOnce(misses: number) {
  const queue = createMemoryQueue({ clock });
  const waits: number[] = [];
  const polled: Queue = {
    ...queue,
    receive: async (options) => {
      waits.push(options.waitMs ?? 0);
      return (options.waitMs ?? 0) === 0 && misses-- > 0 ? [] : queue.receive(options);
    },
  };
  return { queue: polled, waits };
}

const receive = async (queue: Queue) => (await queue.receive({ visibilityMs: 1_000 })).map(({ body }) => body);

it("does not pass an interactive message over that a short poll misses", async () => {
  const [interactive, batch] = [pollingOnce(1), createMemoryQueue({ clock })];
  const queue = createLaneQueue({ interactive: interactive.queue, batch }, { shortPollMisses: true });
  await queue.send("batch", { lane: "batch" });
  await queue.send("interactive", { lane: "interactive" });
  expect(await receive(queue)).toEqual(["interactive"]);
  expect(interactive.waits, "a short poll, then one of all servers").toEqual([0, 1_000]);
});

it("takes a batch message without a wait when no interactive one is there", async () => {
  const interactive = pollingOnce(1);
  const queue = createLaneQueue(
    { interactive: interactive.queue, batch: createMemoryQueue({ clock }) },
    { shortPollMisses: true },
  );
  await queue.send("batch", { lane: "batch" });
  expect(await receive(queue)).toEqual(["batch"]);
  expect(interactive.waits).toEqual([0]);
});

it("polls once where a poll sees every message", async () => {
  const interactive = pollingOnce(0);
  const queue = createLaneQueue({ interactive: interactive.queue, batch: createMemoryQueue({ clock }) });
  await queue.send("interactive");
  expect(await receive(queue)).toEqual(["interactive"]);
  expect(interactive.waits).toEqual([0]);
});
