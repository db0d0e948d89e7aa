import { expect, it } from "vitest";
import { JumpingClock } from "./jumping-clock.ts";

it("wakes sleepers in the order of their times, and takes no time for it", async () => {
  const clock = new JumpingClock();
  const start = clock.now();
  const woken: number[] = [];
  const sleep = async (ms: number) => {
    await clock.sleep(ms);
    woken.push(clock.now() - start);
  };
  await clock.until(Promise.all([sleep(86_400_000), sleep(10), sleep(0)]));
  expect(woken).toEqual([0, 10, 86_400_000]);
});

it("ends a sleep whose signal aborts, and hands on what the work throws", async () => {
  const clock = new JumpingClock();
  const start = clock.now();
  const ended = new AbortController();
  const work = async () => {
    const sleeping = clock.sleep(1_000, ended.signal);
    ended.abort();
    await sleeping;
    throw new Error("the work's own");
  };
  await expect(clock.until(work())).rejects.toThrow("the work's own");
  expect(clock.now()).toBe(start);
});
