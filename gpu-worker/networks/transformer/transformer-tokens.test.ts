import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { tensor } from "../../tensor.ts";
import { itemTokens, patchify, unpatchify } from "./transformer-tokens.ts";

const config = transformerConfig.parse(
  JSON.parse(
    readFileSync(new URL("../../weights/released/z-image-turbo/transformer/config.json", import.meta.url), "utf8"),
  ),
);
const item = (height: number, width: number, textLength: number) => ({
  latents: tensor(new Float32Array(16 * height * width), [16, height, width]),
  promptEmbeds: tensor(new Float32Array(2560 * textLength), [textLength, 2560]),
  t: 0,
});

it("cuts patches row by row, channel fastest", () => {
  // Two channels of 2×4; channel 1 counts from 10.
  const image = tensor(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17), [2, 2, 4]);
  const tokens = patchify(image, 2);
  expect([...tokens]).toEqual([0, 10, 1, 11, 4, 14, 5, 15, 2, 12, 3, 13, 6, 16, 7, 17]);
  expect(unpatchify(tokens, [2, 2, 4], 2)).toEqual(image);
});

it("places tokens: captions count on through their filling, images follow, image filling at the origin", () => {
  const { image, caption } = itemTokens(item(4, 6, 3), config); // 2×3 patches
  const position = (positions: Int32Array, token: number) => [...positions.subarray(3 * token, 3 * token + 3)];
  expect([caption.count, caption.length, image.count, image.length]).toEqual([3, 32, 6, 32]);
  expect([...caption.padding.subarray(0, 5)]).toEqual([0, 0, 0, 1, 1]);
  expect(position(caption.positions, 0)).toEqual([1, 0, 0]);
  expect(position(caption.positions, 31)).toEqual([32, 0, 0]);
  expect(position(image.positions, 0)).toEqual([33, 0, 0]);
  expect(position(image.positions, 5)).toEqual([33, 1, 2]);
  expect(position(image.positions, 6)).toEqual([0, 0, 0]);
});

it("fills nothing when the count is a multiple of 32", () => {
  const { image, caption } = itemTokens(item(16, 16, 64), config);
  expect([image.length, caption.length]).toEqual([64, 64]);
  expect(image.padding).not.toContain(1);
});

it.each([
  [3, 4, 1],
  [4, 1026, 1],
  [4, 4, 1536],
])("refuses latents %d×%d with %d text tokens", (height, width, textLength) => {
  expect(() => itemTokens(item(height, width, textLength), config)).toThrow("expected");
});
