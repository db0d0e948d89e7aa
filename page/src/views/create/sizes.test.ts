import { expect, it } from "vitest";
import type { Model } from "../../../../sdk/src/index.ts";
import { sizeFault, sizeOfShape } from "./sizes.ts";

const limits = { min_side: 64, max_side: 1024, multiple_of: 16, max_pixels: 786_432, max_aspect_ratio: 4 };
const model = (native: readonly [number, number][], width: number, height: number) =>
  ({
    native_sizes: native.map(([across, down]) => ({ width: across, height: down })),
    defaults: { width, height },
    limits,
  }) as unknown as Model;

it.each([
  ["1:1", 128, 128],
  // √(16384 · 4/3) = 147.8 and √(16384 · 3/4) = 110.9, to multiples of 16.
  ["4:3", 144, 112],
  ["16:9", 176, 96],
  ["9:16", 96, 176],
] as const)("%s keeps about the pixels of the default size", (shape, width, height) => {
  expect(sizeOfShape(shape, model([[128, 128]], 128, 128))).toEqual({ width, height });
});

it("takes the model's own size of a shape where it has one", () => {
  const own = model([[1024, 768]], 1024, 1024);
  expect(sizeOfShape("4:3", own)).toEqual({ width: 1024, height: 768 });
});

it.each([
  [1000, 512, { code: "multiple", step: 16, below: 992, above: 1008 }],
  [32, 512, { code: "side", least: 64, most: 1024 }],
  [1040, 512, { code: "side", least: 64, most: 1024 }],
  [Number.NaN, 512, { code: "side", least: 64, most: 1024 }],
  [1024, 1024, { code: "pixels", most: 786_432 }],
  [1024, 128, { code: "ratio", most: 4 }],
  [1024, 256, null],
])("%d × %d: %j", (width, height, fault) => {
  expect(sizeFault({ width, height }, limits as Model["limits"])).toEqual(fault);
});
