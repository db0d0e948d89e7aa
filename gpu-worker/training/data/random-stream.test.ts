import { expect, it } from "vitest";
import { philox4x32 } from "../../pipeline/noise.ts";
import { pick, randomIndex, randomStream, shuffle } from "./random-stream.ts";

it("walks the Philox words of its counter and key", () => {
  const random = randomStream(7, 1, 2, 3);
  const drawn = Array.from({ length: 6 }, () => random() * 2 ** 32);
  expect(drawn).toEqual([...philox4x32([0, 2, 3, 0], [7, 1]), ...philox4x32([1, 2, 3, 0], [7, 1]).slice(0, 2)]);
});

it("gives other numbers for other coordinates", () => {
  const firsts = [
    randomStream(1),
    randomStream(1, 1),
    randomStream(1, 0, 1),
    randomStream(1, 0, 0, 1),
    randomStream(2),
  ];
  expect(new Set(firsts.map((random) => random())).size).toBe(5);
});

it("refuses what is no unsigned 32-bit integer", () => {
  expect(() => randomStream(-1)).toThrow("unsigned 32-bit");
  expect(() => randomStream(1, 0.5)).toThrow("unsigned 32-bit");
});

it("picks within bounds and shuffles without loss", () => {
  const random = randomStream(3);
  for (let i = 0; i < 100; i++) expect([0, 1, 2]).toContain(randomIndex(random, 3));
  expect(() => pick(random, [])).toThrow("nothing to pick");
  const shuffled = shuffle(random, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(shuffled).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(shuffled.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
