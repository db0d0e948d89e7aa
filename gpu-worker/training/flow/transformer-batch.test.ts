import { expect, it } from "vitest";
import smoke from "../../../test/training/smoke-flow.json" with { type: "json" };
import { transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { timeFrequencies } from "../../graph/blocks/timestep-embedding.ts";
import { floatFeed } from "../../networks/open-session.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import type { CaptionSource } from "../captions/caption-source.ts";
import { type NoisyItem, transformerBatches } from "./transformer-batch.ts";

const config = transformerConfig.parse(smoke.transformer);
const asked: { ids: readonly (readonly number[])[]; length: number }[] = [];
const captions: CaptionSource = {
  build: () => {
    throw new Error("a batch builds no graph");
  },
  async feeds(ids, length) {
    asked.push({ ids, length });
    return { caption: floatFeed(new Float32Array(1), [1]) };
  },
  release: async () => {},
};
const batchOf = transformerBatches(config, captions);

/** Latents `[16, 4, 4]`: 4 tokens of 64 values, each value the item's number. */
const latentShape = [16, 4, 4];
const item = (value: number, tokens: number, sigma = 0.25): NoisyItem => ({
  ids: new Array<number>(tokens).fill(value),
  sigma,
  patches: new Float32Array(4 * 64).fill(value),
});
const numbers = (feed: OnnxTensor | undefined) => Array.from(feed!.data as ArrayLike<number | bigint>, Number);
const ones = (length: number, from: number, to = length) =>
  Array.from({ length }, (_, place) => (place >= from && place < to ? 1 : 0));

it("fills captions that need the same multiple of 32 up to it, without masks", async () => {
  const { feeds, masked } = await batchOf([item(1, 5), item(2, 32)], latentShape);
  expect(masked).toBe(false);
  expect(feeds.caption_mask).toBeUndefined();
  expect(numbers(feeds.caption_padding)).toEqual([...ones(32, 5), ...ones(32, 32)]);
  expect(asked.at(-1)).toEqual({ ids: [new Array(5).fill(1), new Array(32).fill(2)], length: 32 });
});

it("fills captions of other lengths each to their own multiple, and hides the rest by a mask", async () => {
  const { feeds, masked } = await batchOf([item(1, 5), item(2, 40)], latentShape);
  expect(masked).toBe(true);
  expect(asked.at(-1)!.length).toBe(64);
  expect(feeds.caption_mask!.dims).toEqual([2, 64]);
  expect(numbers(feeds.caption_mask)).toEqual([...ones(64, 0, 32), ...ones(64, 0)]);
  // The image's place on the caption axis comes after the item's own caption.
  const rows = numbers(feeds.patch_positions);
  const places = [rows[0]!, rows[32]!].map((row) => (feeds.rotary_cos!.data as Float32Array)[row * 16]!);
  expect(places[0]).toBeCloseTo(Math.cos(33), 5);
  expect(places[1]).toBeCloseTo(Math.cos(65), 5);
});

it("fills the images' patches with zeros, and gives each item the frequencies of time 1 − sigma", async () => {
  const { feeds, items } = await batchOf([item(1, 5, 0.25), item(2, 5, 1)], latentShape);
  expect(feeds.patches!.dims).toEqual([2, 32, 64]);
  const filling = new Array<number>(28 * 64).fill(0);
  const tokens = (value: number) => new Array<number>(4 * 64).fill(value);
  expect(numbers(feeds.patches)).toEqual([...tokens(1), ...filling, ...tokens(2), ...filling]);
  expect(numbers(feeds.patch_padding)).toEqual([...ones(32, 4), ...ones(32, 4)]);
  const times = [0.75, 0].flatMap((time) => [...timeFrequencies(time, config.timeScale)]);
  expect(numbers(feeds.time_frequencies)).toEqual(times);
  expect(items.map(({ image }) => image.count)).toEqual([4, 4]);
});

it("lays out each size once, and another size anew", async () => {
  const first = await batchOf([item(1, 5)], latentShape);
  const again = await batchOf([item(2, 7)], latentShape);
  expect(again.feeds.rotary_cos).toBe(first.feeds.rotary_cos);
  const wide = { ...item(1, 5), patches: new Float32Array(8 * 64) };
  const other = await batchOf([wide], [16, 4, 8]);
  expect(numbers(other.feeds.patch_padding)).toEqual(ones(32, 8));
});
