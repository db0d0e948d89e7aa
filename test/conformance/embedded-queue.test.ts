import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openEmbeddedQueue } from "../../shared/embedded/queue.ts";
import { type Clock, systemClock } from "../../shared/ports/clock.ts";
import { queueConformance } from "./queue.conformance.ts";
import { temporaryFolder } from "./temporary-folder.ts";

let skippedMs = 0;
/** The system's clock, which `elapse` puts forward. */
const clock: Clock = { now: () => systemClock.now() + skippedMs, sleep: systemClock.sleep };
const driver = {
  elapse: async (ms: number) => {
    skippedMs += ms;
  },
  concurrent: false,
} as const;

queueConformance("SQLite in a file", {
  ...driver,
  open: async (maxReceiveCount) =>
    openEmbeddedQueue(join(temporaryFolder(), "queue.db"), "jobs", { clock, maxReceiveCount }),
});

queueConformance("SQLite in memory", {
  ...driver,
  open: async (maxReceiveCount) => openEmbeddedQueue(":memory:", "jobs", { clock, maxReceiveCount }),
});

describe("queues in one SQLite file", () => {
  it("keeps queues of different names apart", async () => {
    const file = join(temporaryFolder(), "queues.db");
    const jobs = openEmbeddedQueue(file, "jobs");
    const notices = openEmbeddedQueue(file, "notices");
    await jobs.send("job");
    const [message] = await jobs.receive({ visibilityMs: 60_000 });
    expect(await notices.receive({ visibilityMs: 60_000 })).toEqual([]);
    await notices.delete(message!.receipt);
    await notices.deadLetter(message!, "not mine");
    expect(await jobs.depth()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    expect(await notices.deadLetters(1)).toEqual([]);
    await jobs.close();
    await notices.close();
  });

  it("wakes a receiver on another connection of the same process", { timeout: 15_000 }, async () => {
    const file = join(temporaryFolder(), "queue.db");
    const [receiver, sender] = [openEmbeddedQueue(file, "jobs"), openEmbeddedQueue(file, "jobs")];
    const received = receiver.receive({ visibilityMs: 60_000, waitMs: 20_000 });
    await sender.send("hello");
    expect(await received).toMatchObject([{ body: "hello" }]);
    await receiver.close();
    await sender.close();
  });

  it("gives the oldest message first, and one that was handed back before the ones after it", async () => {
    const queue = openEmbeddedQueue(":memory:", "jobs");
    for (const body of ["a", "b", "c"]) await queue.send(body);
    const [first] = await queue.receive({ visibilityMs: 60_000 });
    await queue.extend(first!.receipt, 0);
    const rest = await queue.receive({ max: 3, visibilityMs: 60_000 });
    expect(rest.map(({ body }) => body)).toEqual(["a", "b", "c"]);
    await queue.close();
  });

  it("ends a wait with nothing when the queue is closed", { timeout: 15_000 }, async () => {
    const queue = openEmbeddedQueue(":memory:", "jobs");
    const received = queue.receive({ visibilityMs: 60_000, waitMs: 20_000 });
    await queue.close();
    expect(await received).toEqual([]);
    await expect(queue.send("late")).rejects.toThrow("closed");
  });
});
