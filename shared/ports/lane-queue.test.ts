import { afterEach, beforeEach, expect, it } from "vitest";
import { fastClock } from "../../test/support/fast-clock.ts";
import { openEmbeddedQueue } from "../embedded/queue.ts";
import { createLaneQueue, type LaneQueue, laneDepth } from "./lane-queue.ts";

let queue: LaneQueue;
beforeEach(() => {
  const clock = fastClock();
  const open = (name: string) => openEmbeddedQueue(":memory:", name, { clock, maxReceiveCount: 5 });
  queue = createLaneQueue({ interactive: open("jobs"), batch: open("jobs-batch") });
});
afterEach(() => queue.close());

const receive = (waitMs = 0) => queue.receive({ max: 1, visibilityMs: 60_000, waitMs });

it("gives every interactive message before the first of the batch lane", async () => {
  await queue.send("b", { lane: "batch" });
  await queue.send("i1");
  await queue.send("i2", { lane: "interactive" });
  const bodies = [];
  for (let i = 0; i < 4; i++) bodies.push(...(await receive()).map(({ body }) => body));
  expect(bodies).toEqual(["i1", "i2", "b"]);
});

it("sends what is done with a receipt to the message's own lane", async () => {
  for (const lane of ["interactive", "batch"] as const) {
    await queue.send("a", { lane });
    const [first] = await receive();
    await queue.extend(first!.receipt, 0);
    const [again] = await receive();
    expect(again!.receiveCount).toBe(2);
    await queue.delete(again!.receipt);
    await queue.send("dead", { lane });
    await queue.deadLetter((await receive())[0]!, lane);
  }
  expect(await queue.depth()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  expect((await queue.deadLetters(10)).map(({ reason }) => reason)).toEqual(["interactive", "batch"]);
  expect(await queue.deadLetters(1)).toHaveLength(1);
});

it("counts both lanes, or one", async () => {
  await queue.send("a");
  await queue.send("b", { lane: "batch" });
  await queue.send("c", { lane: "batch", delayMs: 1_000 });
  expect(await queue.depth()).toEqual({ visible: 2, inFlight: 0, delayed: 1 });
  expect(await laneDepth(queue, "batch")).toMatchObject({ visible: 1, delayed: 1 });
  expect(await laneDepth(queue.lanes.batch, "interactive"), "a queue without lanes").toMatchObject({ visible: 1 });
});

it("finds a batch message that comes while it waits", async () => {
  const waiting = receive(20_000);
  await queue.send("late", { lane: "batch" });
  expect((await waiting).map(({ body }) => body)).toEqual(["late"]);
});
