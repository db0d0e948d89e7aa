import { describe, expect, it, onTestFinished } from "vitest";
import { type Queue, type QueueMessage, type ReceiveOptions, StaleReceipt } from "../../shared/ports/queue.ts";
import { groups } from "./queue-groups.ts";

export interface QueueDriver {
  /** A new, empty queue. */
  open(maxReceiveCount: number): Promise<Queue>;
  /** Lets this much of the queue's time pass. */
  elapse(ms: number): Promise<void>;
  /** Tests that wait in real time run side by side. */
  readonly concurrent: boolean;
  /** The stand-ins of AWS know no groups: theirs is left out. */
  readonly fair?: boolean;
}

/** Longer than any test runs: what is hidden for this long stays hidden. */
const longMs = 600_000;

/** Every promise of the `queue` port, against one driver. */
export function queueConformance(name: string, driver: QueueDriver): void {
  const open = async (maxReceiveCount = 10) => {
    const queue = await driver.open(maxReceiveCount);
    onTestFinished(() => queue.close());
    return queue;
  };
  describe(`queue over ${name}`, { concurrent: driver.concurrent }, () => {
    describe("messages", { concurrent: driver.concurrent }, () => messages(open, driver));
    describe("receipts", { concurrent: driver.concurrent }, () => receipts(open, driver));
    describe("dead letters", { concurrent: driver.concurrent }, () => deadLetters(open, driver));
    describe("waiting", { concurrent: driver.concurrent }, () => waiting(open, driver));
    describe("limits", { concurrent: driver.concurrent }, () => limits(open));
    describe.runIf(driver.fair)("groups", () => groups(open, driver));
  });
}

type Open = (maxReceiveCount?: number) => Promise<Queue>;

async function receiveOne(queue: Queue, options: Partial<ReceiveOptions> = {}): Promise<QueueMessage> {
  const [message] = await queue.receive({ visibilityMs: longMs, waitMs: 20_000, ...options });
  expect(message, "a message was expected").toBeDefined();
  return message!;
}

async function receiveAll(queue: Queue): Promise<QueueMessage[]> {
  const all: QueueMessage[] = [];
  for (;;) {
    const some = await queue.receive({ max: 10, visibilityMs: longMs });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

const nothingLeft = { visible: 0, inFlight: 0, delayed: 0 };

function messages(open: Open, { elapse }: QueueDriver): void {
  it("delivers a body as it was sent", async () => {
    const queue = await open();
    const sentAfter = Date.now() - 60_000;
    const body = '{"text":"Zürich 図 🖼 \\u0000 <&>\\r\\n"}\t\n  end ';
    await queue.send(body);
    const message = await receiveOne(queue);
    expect(message).toMatchObject({ body, receiveCount: 1 });
    expect(message.sentAt).toBeGreaterThan(sentAfter);
  });

  it("delivers the longest body", async () => {
    const queue = await open();
    const body = "é".repeat(131_072);
    await queue.send(body);
    expect((await receiveOne(queue)).body).toBe(body);
  });

  it("has nothing to give when it is empty", async () => {
    const queue = await open();
    expect(await queue.receive({ visibilityMs: longMs })).toEqual([]);
    expect(await queue.depth()).toEqual(nothingLeft);
    expect(await queue.deadLetters(10)).toEqual([]);
  });

  it("gives each of 25 messages once, ten at most at a time", async () => {
    const queue = await open();
    const bodies = Array.from({ length: 25 }, (_, i) => `message ${i}`);
    await Promise.all(bodies.map((body) => queue.send(body)));
    const received = await receiveAll(queue);
    expect(received.map(({ body }) => body).sort()).toEqual(bodies.sort());
    expect(new Set(received.map(({ id }) => id)).size).toBe(25);
  });

  it("gives one message to one of 20 receivers", async () => {
    const queue = await open();
    await queue.send("only");
    const answers = await Promise.all(Array.from({ length: 20 }, () => queue.receive({ visibilityMs: longMs })));
    expect(answers.flat()).toHaveLength(1);
  });

  it("keeps a delayed message back", async () => {
    const queue = await open();
    await queue.send("later", { delayMs: 2000 });
    expect(await queue.receive({ visibilityMs: longMs })).toEqual([]);
    expect(await queue.depth()).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
    await elapse(2000);
    expect((await receiveOne(queue)).body).toBe("later");
  });

  it("delivers again when the visibility time-out has passed, with another receipt", async () => {
    const queue = await open();
    await queue.send("twice");
    const first = await receiveOne(queue, { visibilityMs: 1000 });
    await elapse(1000);
    const second = await receiveOne(queue);
    expect(second).toMatchObject({ id: first.id, body: "twice", receiveCount: 2, sentAt: first.sentAt });
    expect(second.receipt).not.toBe(first.receipt);
  });

  it("counts what is visible, in flight and delayed", async () => {
    const queue = await open();
    for (const body of ["a", "b", "c"]) await queue.send(body);
    await queue.send("d", { delayMs: 900_000 });
    const message = await receiveOne(queue);
    expect(await queue.depth()).toEqual({ visible: 2, inFlight: 1, delayed: 1 });
    await queue.delete(message.receipt);
    expect(await queue.depth()).toEqual({ visible: 2, inFlight: 0, delayed: 1 });
  });
}

function receipts(open: Open, { elapse }: QueueDriver): void {
  it("hides a message longer when its hold is extended", async () => {
    const queue = await open();
    await queue.send("held");
    const { receipt } = await receiveOne(queue, { visibilityMs: 4000 });
    await queue.extend(receipt, longMs);
    await elapse(4000);
    expect(await queue.receive({ visibilityMs: longMs })).toEqual([]);
  });

  it("counts an extension from now, so that it may shorten the hold", async () => {
    const queue = await open();
    await queue.send("held");
    const { receipt } = await receiveOne(queue);
    await queue.extend(receipt, 1000);
    await elapse(1000);
    expect((await receiveOne(queue)).receiveCount).toBe(2);
  });

  it("hands a message back at once with an extension of 0", async () => {
    const queue = await open();
    await queue.send("back");
    const { receipt } = await receiveOne(queue);
    await queue.extend(receipt, 0);
    expect(await queue.receive({ visibilityMs: longMs })).toMatchObject([{ body: "back", receiveCount: 2 }]);
  });

  it("refuses to extend what is no longer held", async () => {
    const queue = await open();
    for (const body of ["handed back", "timed out", "deleted"]) await queue.send(body);
    const held = new Map((await receiveAll(queue)).map(({ body, receipt }) => [body, receipt]));
    await queue.extend(held.get("handed back")!, 0);
    await queue.extend(held.get("timed out")!, 1000);
    await queue.delete(held.get("deleted")!);
    await elapse(1000);
    for (const [body, receipt] of held) {
      await expect(queue.extend(receipt, 1000), body).rejects.toThrow(StaleReceipt);
    }
  });

  it("deletes for good, and takes a second delete for done", async () => {
    const queue = await open();
    await queue.send("done");
    const { receipt } = await receiveOne(queue, { visibilityMs: 1000 });
    await queue.delete(receipt);
    await queue.delete(receipt);
    await elapse(1000);
    expect(await queue.receive({ visibilityMs: longMs })).toEqual([]);
    expect(await queue.depth()).toEqual(nothingLeft);
  });

  it("leaves the newer receive alone when a stale receipt is deleted", async () => {
    const queue = await open();
    await queue.send("again");
    const stale = await receiveOne(queue, { visibilityMs: 1000 });
    await elapse(1000);
    const { receipt } = await receiveOne(queue);
    await queue.delete(stale.receipt);
    await expect(queue.extend(stale.receipt, 0)).rejects.toThrow(StaleReceipt);
    expect(await queue.depth()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
    await queue.extend(receipt, longMs);
  });
}

function deadLetters(open: Open, { elapse }: QueueDriver): void {
  it("moves a message to the dead letters with its reason", async () => {
    const queue = await open();
    for (const body of ["bad", "good"]) await queue.send(body);
    const received = await receiveAll(queue);
    const bad = received.find(({ body }) => body === "bad")!;
    await queue.deadLetter(bad, "not JSON: “\u0000”");
    const expected = [{ body: "bad", reason: "not JSON: “\u{FFFD}”" }];
    expect(await queue.deadLetters(10)).toEqual(expected);
    expect(await queue.deadLetters(10), "reading does not remove").toEqual(expected);
    expect(await queue.depth()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });

  it("takes a dead letter without a reason to tell", async () => {
    const queue = await open();
    await queue.send("bad");
    await queue.deadLetter(await receiveOne(queue), "");
    expect(await queue.deadLetters(1)).toEqual([{ body: "bad", reason: "no reason given" }]);
  });

  it("does nothing with a dead letter that is no longer held", async () => {
    const queue = await open();
    await queue.send("again");
    const stale = await receiveOne(queue);
    await queue.extend(stale.receipt, 0);
    await queue.deadLetter(stale, "too late");
    expect(await queue.deadLetters(10)).toEqual([]);
    expect((await receiveOne(queue)).body).toBe("again");
  });

  it("lists up to as many as asked for", async () => {
    const queue = await open();
    for (let i = 0; i < 12; i++) await queue.send(`${i}`);
    for (const message of await receiveAll(queue)) await queue.deadLetter(message, `reason ${message.body}`);
    expect(await queue.deadLetters(5)).toHaveLength(5);
    const all = await queue.deadLetters(100);
    expect(all.map(({ body }) => Number(body)).sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(all.every(({ body, reason }) => reason === `reason ${body}`)).toBe(true);
  });

  it("moves a message there by itself after too many receives", async () => {
    const queue = await open(2);
    await queue.send("poison");
    for (const receiveCount of [1, 2]) {
      const message = await receiveOne(queue, { visibilityMs: 1000 });
      expect(message.receiveCount).toBe(receiveCount);
      await elapse(1000);
    }
    await queue.send("healthy");
    expect((await receiveAll(queue)).map(({ body }) => body)).toEqual(["healthy"]);
    expect((await queue.deadLetters(10)).map(({ body }) => body)).toEqual(["poison"]);
    expect(await queue.depth()).toEqual({ visible: 0, inFlight: 1, delayed: 0 });
  });
}

/** A wait that is not ended early runs into this, well before the queue's own end of it. */
const wakeTestMs = 15_000;

function waiting(open: Open, { elapse }: QueueDriver): void {
  it("wakes a waiting receiver for a message that is sent", { timeout: wakeTestMs }, async () => {
    const queue = await open();
    const message = receiveOne(queue);
    await queue.send("hello");
    expect((await message).body).toBe("hello");
  });

  it("wakes a waiting receiver for a message that is handed back", { timeout: wakeTestMs }, async () => {
    const queue = await open();
    await queue.send("hello");
    const { receipt } = await receiveOne(queue);
    const message = receiveOne(queue);
    await queue.extend(receipt, 0);
    expect((await message).receiveCount).toBe(2);
  });

  it("wakes a waiting receiver when a delay is over", { timeout: wakeTestMs }, async () => {
    const queue = await open();
    await queue.send("hello", { delayMs: 1000 });
    const message = receiveOne(queue);
    await elapse(1000);
    expect((await message).body).toBe("hello");
  });

  it("gives each message to one of several waiting receivers", { timeout: wakeTestMs }, async () => {
    const queue = await open();
    const received = Array.from({ length: 5 }, () => receiveOne(queue));
    const bodies = ["a", "b", "c", "d", "e"];
    for (const body of bodies) await queue.send(body);
    expect((await Promise.all(received)).map(({ body }) => body).sort()).toEqual(bodies);
  });

  it("comes back with nothing when the wait is over", { timeout: wakeTestMs }, async () => {
    const queue = await open();
    const answer = queue.receive({ visibilityMs: longMs, waitMs: 1000 });
    await elapse(1000);
    expect(await answer).toEqual([]);
  });

  it("comes back with nothing when the caller gives up", { timeout: wakeTestMs }, async () => {
    const queue = await open();
    const giveUp = new AbortController();
    const answer = queue.receive({ visibilityMs: longMs, waitMs: 20_000, signal: giveUp.signal });
    await elapse(100);
    giveUp.abort();
    expect(await answer).toEqual([]);
    await queue.send("left alone");
    expect(await queue.receive({ visibilityMs: longMs, waitMs: 20_000, signal: giveUp.signal })).toEqual([]);
  });
}

function limits(open: Open): void {
  it("refuses bodies that SQS cannot carry", async () => {
    const queue = await open();
    for (const body of ["", "é".repeat(131_073), "a\u0000b", "\u{FFFE}", "\ud83d"]) {
      await expect(queue.send(body), JSON.stringify(body.slice(0, 10))).rejects.toThrow(/message body/);
    }
    expect(await queue.depth()).toEqual(nothingLeft);
  });

  it("refuses times and counts beyond SQS's limits", async () => {
    const queue = await open();
    await expect(queue.send("x", { delayMs: 900_001 })).rejects.toThrow(/delayMs must be 0 to 900000, got 900001/);
    await expect(queue.send("x", { delayMs: -1 })).rejects.toThrow(RangeError);
    const wrong = [
      { max: 0 },
      { max: 11 },
      { max: 1.5 },
      { visibilityMs: 0 },
      { visibilityMs: 43_200_001 },
      { waitMs: 20_001 },
    ];
    for (const options of wrong) {
      await expect(queue.receive({ visibilityMs: 1000, ...options }), JSON.stringify(options)).rejects.toThrow(
        RangeError,
      );
    }
    await expect(queue.extend("receipt", 43_200_001)).rejects.toThrow(RangeError);
    expect(await queue.depth()).toEqual(nothingLeft);
  });
}
