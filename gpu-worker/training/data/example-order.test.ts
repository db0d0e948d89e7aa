import { expect, it } from "vitest";
import { exampleOrder } from "./example-order.ts";
import type { TrainingData } from "./training-data.ts";

/** Seven examples; the images of 0 to 3 are square, those of 4 to 6 are wide. */
const data: TrainingData = {
  fingerprint: "",
  imageCount: 7,
  size: (image) => (image < 4 ? { width: 32, height: 32 } : { width: 64, height: 32 }),
  image: () => Promise.reject(new Error("the order reads no image")),
  exampleCount: 7,
  caption: (example) => ({ text: "", image: example }),
};
const order = (seed: number) => exampleOrder(data, { batchSize: 2, seed });
const steps = (from: number, count: number, seed = 1) => Array.from({ length: count }, (_, i) => order(seed)(from + i));

it("never mixes sizes in a batch, and shows every example in every epoch", () => {
  for (const epoch of [0, 1]) {
    const batches = steps(4 * epoch, 4); // ⌈4 / 2⌉ + ⌈3 / 2⌉
    for (const batch of batches) expect(new Set(batch.map((example) => example < 4)).size).toBe(1);
    expect(new Set(batches.flat())).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  }
});

it("depends on the seed and the step alone, and not on steps taken before", () => {
  const next = order(1);
  expect([6, 2, 6].map(next)).toEqual([steps(6, 1)[0], steps(2, 1)[0], steps(6, 1)[0]]);
  expect(steps(4, 4)).not.toEqual(steps(0, 4));
  expect(steps(0, 4, 2)).not.toEqual(steps(0, 4, 1));
});
