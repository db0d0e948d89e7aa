import { expect, it } from "vitest";
import { goldenConfig } from "../../../test/support/engine/golden-audit.ts";
import { transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { timeFrequencies } from "../../graph/blocks/timestep-embedding.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import { batchSizes, transformerFeeds } from "./transformer-feeds.ts";
import type { ItemTokens, TokenSequence } from "./transformer-tokens.ts";

const config = goldenConfig("tiny-turbo/transformer", transformerConfig);

/** Tokens of two numbers, all of them `value`, at places `value`, `value + 1` … of the first axis. */
const sequence = (length: number, value: number): TokenSequence => ({
  length,
  count: length,
  values: new Float32Array(2 * length).fill(value),
  padding: new Uint8Array(length).fill(1, length - 1),
  positions: Int32Array.from({ length: 3 * length }, (_, i) => (i % 3 === 0 ? value + i / 3 : 0)),
});
const item = (image: number, caption: number, value: number): ItemTokens => ({
  image: sequence(image, value),
  caption: sequence(caption, 10 * value),
});
const numbers = (feed: OnnxTensor | undefined) => Array.from(feed!.data, Number);
const mixed = [item(2, 3, 1), item(4, 1, 2)];

it("counts the longest of each kind", () => {
  expect(batchSizes(mixed)).toEqual({ items: 2, image: 4, caption: 3 });
});

it("fills shorter items with zeros, and hides the filling by masks", () => {
  const feeds = transformerFeeds(mixed, [0.25, 1], config, { masked: true });
  expect(feeds.patches!.dims).toEqual([2, 4, 2]);
  expect(numbers(feeds.patches)).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2]);
  expect(numbers(feeds.caption)).toEqual([10, 10, 10, 10, 10, 10, 20, 20, 0, 0, 0, 0]);
  expect(numbers(feeds.patch_mask)).toEqual([1, 1, 0, 0, 1, 1, 1, 1]);
  expect(numbers(feeds.caption_mask)).toEqual([1, 1, 1, 1, 0, 0]);
  expect(numbers(feeds.patch_padding)).toEqual([0, 1, 0, 0, 0, 0, 0, 1]);
  const times = [0.25, 1].flatMap((t) => [...timeFrequencies(t, config.timeScale)]);
  expect(numbers(feeds.time_frequencies)).toEqual(times);
});

it("gives each item rows of its own in the tables, images first", () => {
  const feeds = transformerFeeds(mixed, [0, 0], config, { masked: true });
  expect(feeds.rotary_cos!.dims).toEqual([14, config.headDim / 2]);
  expect(numbers(feeds.patch_positions)).toEqual([0, 1, 2, 3, 7, 8, 9, 10]);
  expect(numbers(feeds.caption_positions)).toEqual([4, 5, 6, 11, 12, 13]);
  expect(numbers(feeds.joint_positions)).toEqual(Array.from({ length: 14 }, (_, row) => row));
  // The first column turns by the place on the first axis: 1, 2, and 10 behind the filling.
  const angle = (row: number) => numbers(feeds.rotary_cos)[row * (config.headDim / 2)]!;
  expect([0, 1, 4, 7].map(angle)).toEqual([1, 2, 10, 2].map((place) => expect.closeTo(Math.cos(place), 5)));
});

it("shares one table between items of one size, and has no masks for them", () => {
  const feeds = transformerFeeds([item(2, 1, 1), item(2, 1, 1)], [0, 0], config, { masked: false });
  expect(feeds.rotary_cos!.dims[0]).toBe(3);
  expect(numbers(feeds.patch_positions)).toEqual([0, 1, 0, 1]);
  expect(numbers(feeds.caption_positions)).toEqual([2, 2]);
  expect([feeds.patch_mask, feeds.caption_mask]).toEqual([undefined, undefined]);
});
