import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { queueConformance } from "../../test/conformance/queue.conformance.ts";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import { openEmbeddedQueue, receiveStatements } from "./queue.ts";

let skippedMs = 0;
/** The system's clock, which `elapse` puts forward. */
const clock: Clock = { now: () => systemClock.now() + skippedMs, sleep: systemClock.sleep };
const driver = {
  elapse: async (ms: number) => {
    skippedMs += ms;
  },
  concurrent: false,
  fair: true,
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

  it("serves the group with the fewest in flight, then the one served longest ago", async () => {
    const queue = openEmbeddedQueue(":memory:", "jobs");
    const take = async () => (await queue.receive({ visibilityMs: 60_000 }))[0]!;
    for (const body of ["a1", "a2", "a3", "b1", "b2", "c1"]) await queue.send(body, { group: body[0]! });
    const taken = [await take(), await take(), await take(), await take()];
    expect(
      taken.map(({ body }) => body),
      "one of each, then in turn",
    ).toEqual(["a1", "b1", "c1", "a2"]);
    await queue.delete(taken[1]!.receipt);
    await queue.send("c2", { group: "c" });
    expect((await take()).body, "b has none in flight").toBe("b2");
    await queue.delete(taken[0]!.receipt);
    await queue.delete(taken[3]!.receipt);
    await queue.delete(taken[2]!.receipt);
    expect((await take()).body, "c was served before a").toBe("c2");
    expect((await take()).body).toBe("a3");
    await queue.close();
  });

  it("counts what timed out, was handed back or delayed", async () => {
    let now = 0;
    const queue = openEmbeddedQueue(":memory:", "jobs", { clock: { now: () => now, sleep: async () => {} } });
    for (const body of ["a1", "a2", "b1"]) await queue.send(body, { group: body[0]! });
    await queue.send("b2", { group: "b", delayMs: 5_000 });
    const [a1, b1] = await queue.receive({ visibilityMs: 1_000, max: 2 });
    expect([a1!.body, b1!.body]).toEqual(["a1", "b1"]);
    await queue.extend(b1!.receipt, 0);
    expect(await queue.depth()).toEqual({ visible: 2, inFlight: 1, delayed: 1 });
    now = 5_000;
    expect(await queue.depth()).toEqual({ visible: 4, inFlight: 0, delayed: 0 });
    const all = await queue.receive({ visibilityMs: 1_000, max: 10 });
    expect(all.map(({ body }) => body)).toEqual(["a2", "b1", "a1", "b2"]);
    expect(await queue.depth()).toEqual({ visible: 0, inFlight: 4, delayed: 0 });
    await queue.close();
  });

  it("counts the messages that will be received before another", async () => {
    const random = seededRandom(11);
    for (let round = 0; round < 30; round++) {
      const queue = openEmbeddedQueue(":memory:", "jobs");
      const groups = ["a", "b", "c", "d"].slice(0, 1 + Math.floor(random() * 4));
      const pick = () => groups[Math.floor(random() ** 2 * groups.length)]!;
      const bodies = new Map<string, string>();
      const send = async (count: number) => {
        for (let i = 0; i < count; i++) {
          const [body, group] = [`message ${bodies.size}`, pick()];
          bodies.set(body, group);
          await queue.send(body, { group });
        }
      };
      await send(20);
      for (let i = 0; i < 8; i++) {
        const [message] = await queue.receive({ visibilityMs: 600_000 });
        if (random() < 0.5) await queue.delete(message!.receipt);
      }
      await send(20);
      const told = await Promise.all([...bodies].map(async ([body, group]) => [body, await queue.ahead!(body, group)]));
      const order = new Map<string, number>();
      for (;;) {
        const [message] = await queue.receive({ visibilityMs: 600_000 });
        if (message === undefined) break;
        order.set(message.body, order.size);
      }
      expect(told, `round ${round}`).toEqual([...bodies.keys()].map((body) => [body, order.get(body)]));
      await queue.close();
    }
  });

  it("finds the next message by index alone, however many wait", async () => {
    const file = join(temporaryFolder(), "queue.db");
    await openEmbeddedQueue(file, "jobs").close();
    const db = new DatabaseSync(file);
    const plans = Object.entries(receiveStatements).flatMap(([name, sql]) =>
      db
        .prepare(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...["jobs", 0].slice(0, sql.includes("visible_at <= ?") ? 2 : 1))
        .map(({ detail }) => `${name}: ${detail}`),
    );
    db.close();
    expect(plans.length).toBeGreaterThanOrEqual(Object.keys(receiveStatements).length);
    expect(plans.filter((step) => !/: (SEARCH|SCALAR SUBQUERY)/.test(step))).toEqual([]);
  });

  it("ends a wait with nothing when the queue is closed", { timeout: 15_000 }, async () => {
    const queue = openEmbeddedQueue(":memory:", "jobs");
    const received = queue.receive({ visibilityMs: 60_000, waitMs: 20_000 });
    await queue.close();
    expect(await received).toEqual([]);
    await expect(queue.send("late")).rejects.toThrow("closed");
  });
});
