import { expect, it } from "vitest";
import { systemClock } from "../ports/clock.ts";
import { MemoryBudget } from "./memory-budget.ts";

const limits = { clock: systemClock, total: 100, perAccount: 60, waitMs: 30 };

it("refuses what finds no room in time, and leaves another account its part", async () => {
  const memory = new MemoryBudget(limits);
  const first = memory.open("a");
  // A share shrinks as the room fills: 100 free give 60, then 50 free give no more than 50.
  await first.grow(50);
  await expect(memory.open("a").grow(20)).rejects.toMatchObject({ code: "service_busy", retryAfterS: 5 });
  await memory.open("b").grow(40);
  expect(memory.taken).toBe(90);
  await expect(memory.open("c").grow(20)).rejects.toMatchObject({ code: "service_busy" });
});

it("admits what waits once something is given back, in the order in which it came", async () => {
  const memory = new MemoryBudget({ ...limits, waitMs: 10_000 });
  const held = memory.open("a");
  await held.grow(50);
  const order: string[] = [];
  const waiting = ["first", "second"].map(async (name) => {
    await memory.open("b").grow(30);
    order.push(name);
  });
  await waiting[0];
  expect(order).toEqual(["first"]);
  held.close();
  await waiting[1];
  expect([order, memory.taken]).toEqual([["first", "second"], 60]);
});

it("gives everything back when a request ends, also what it was still waiting for", async () => {
  const memory = new MemoryBudget({ ...limits, waitMs: 10_000 });
  const held = memory.open("a");
  await held.grow(50);
  const late = memory.open("b");
  await late.grow(50);
  const waits = late.grow(10);
  late.close();
  held.close();
  await waits;
  held.close();
  expect(memory.taken).toBe(0);
});

it("lets the oldest request of an account finish, where each of several has a part of what it needs", async () => {
  const memory = new MemoryBudget({ ...limits, waitMs: 10_000 });
  const needs = async (name: string) => {
    const room = memory.open("a");
    for (let i = 0; i < 4; i++) await room.grow(15);
    room.close();
    return name;
  };
  expect(await Promise.all(["first", "second", "third"].map(needs))).toEqual(["first", "second", "third"]);
  expect(memory.taken).toBe(0);
});
