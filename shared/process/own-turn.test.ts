import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import { ownTurn } from "./own-turn.ts";

it("gives each of several callers a turn of its own", async () => {
  let turn = 0;
  const turns: number[] = [];
  const all = [1, 2, 3].map(async () => {
    await ownTurn();
    turns.push(turn);
  });
  for (; turns.length < 3; turn++) await setImmediate();
  await Promise.all(all);
  expect(new Set(turns).size).toBe(3);
});
