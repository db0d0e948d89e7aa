import { expect, it } from "vitest";
import { lookAgain } from "./look-again.ts";
import type { Finding, WatchdogOptions } from "./run-watchdog.ts";

const finding = (what: string, isTime: boolean): Finding => ({
  what,
  isTime,
  underWay: new Map([
    [20, "case 20"],
    [24, "case 24"],
  ]),
});

it("drops what was late once, and keeps what is late every time", async () => {
  const asked: WatchdogOptions[] = [];
  const always = async (options: WatchdogOptions) => {
    asked.push(options);
    return { findings: [finding("late", true)] };
  };
  const options = { seed: 7, concurrency: 4 };
  // Of the same cases: looked for together.
  const late = [finding("late", true), finding("later", true)];
  expect(await lookAgain(late, options, always)).toEqual(late);
  expect(asked).toEqual(Array.from({ length: 3 }, () => ({ ...options, from: 17, cases: 11 })));
  expect(await lookAgain([finding("late", true)], options, async () => ({ findings: [] }))).toEqual([]);
});

it("keeps what was not measured in time without another look", async () => {
  const never = () => Promise.reject(new Error("looked again"));
  const memory = [finding("500 MB", false)];
  expect(await lookAgain(memory, { seed: 7 }, never)).toEqual(memory);
});
