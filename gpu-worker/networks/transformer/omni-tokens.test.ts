import { expect, it } from "vitest";
import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import { tensor } from "../../tensor.ts";
import { omniTokens } from "./omni-tokens.ts";

const config = { patchSize: 2, inChannels: 1, capFeatDim: 1, siglipFeatDim: 1 } as TransformerConfig;
const filled = (shape: readonly number[], value: number) =>
  tensor(new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value), shape);
const at = (positions: Int32Array, token: number) => [...positions.subarray(3 * token, 3 * token + 3)];

it("draws an image without references from one caption and its own tokens", () => {
  const { sequences, firstTargetToken } = omniTokens(
    filled([1, 4, 4], 0),
    { segments: [filled([3, 1], 5)], references: [] },
    config,
  );
  const { caption, patch, siglip } = sequences;
  expect([caption!.length, patch!.length, siglip, firstTargetToken]).toEqual([32, 32, undefined, 32]);
  expect([at(caption!.positions, 0), at(caption!.positions, 2)]).toEqual([
    [1, 0, 0],
    [3, 0, 0],
  ]);
  // Behind the three tokens of the caption; the filling of an image lies at the origin.
  expect([at(patch!.positions, 0), at(patch!.positions, 3), at(patch!.positions, 4)]).toEqual([
    [4, 0, 0],
    [4, 1, 1],
    [0, 0, 0],
  ]);
  expect([...patch!.padding.subarray(0, 5)]).toEqual([0, 0, 0, 0, 1]);
  expect(new Set(patch!.noisy)).toEqual(new Set([1]));
  expect([...caption!.values.subarray(0, 5)], "filling repeats the last token").toEqual([5, 5, 5, 5, 5]);
});

it("puts references before the image, with the time of no noise and features one place further", () => {
  const reference = { latents: filled([1, 2, 4], 0), features: tensor(Float32Array.of(1, 2), [1, 2, 1]) };
  const edit = { segments: [filled([2, 1], 1), filled([1, 1], 2)], references: [reference] };
  const { sequences, firstTargetToken } = omniTokens(filled([1, 2, 2], 0), edit, config);
  const { caption, patch, siglip } = sequences;
  expect([caption!.length, patch!.length, siglip!.length, firstTargetToken]).toEqual([64, 64, 64, 96]);
  expect([patch!.noisy[0], patch!.noisy[32], caption!.noisy[0], caption!.noisy[32]]).toEqual([0, 1, 0, 1]);
  // Two caption tokens at 1 and 2, the reference's image at 3, its features at 4; the next caption at 5, its image at
  // 6.
  expect([at(patch!.positions, 1), at(siglip!.positions, 1), at(patch!.positions, 32)]).toEqual([
    [3, 0, 1],
    [4, 0, 3],
    [6, 0, 0],
  ]);
  expect(siglip!.padding[32], "the image that is drawn has no features").toBe(1);
});
