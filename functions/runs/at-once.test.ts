import { expect, it } from "vitest";
import { atOnce } from "./at-once.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

it("works on so many at a time, in order, and ends when all have ended", async () => {
  const active = new Map<number, () => void>();
  let isOver = false;
  const work = (one: number) => new Promise<void>((end) => active.set(one, end));
  const all = atOnce([1, 2, 3, 4], 2, work).then(() => (isOver = true));
  expect([...active.keys()]).toEqual([1, 2]);
  active.get(2)!();
  await settled();
  expect([...active.keys()]).toEqual([1, 2, 3]);
  for (const one of [1, 3]) active.get(one)!();
  await settled();
  expect(isOver).toBe(false);
  active.get(4)!();
  await all;
});

it("begins nothing after a failure, and throws it once the others have ended", async () => {
  const done: number[] = [];
  const work = async (one: number) => {
    if (one === 1) throw new Error("first");
    await settled();
    done.push(one);
  };
  await expect(atOnce([1, 2, 3, 4], 2, work)).rejects.toThrow("first");
  expect(done).toEqual([2]);
});
