import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import smoke from "../../test/training/smoke-flow.json" with { type: "json" };
import { textEncoderConfig, transformerConfig } from "../graph/z-image-config.ts";
import { patchify } from "../models/transformer-tokens.ts";
import { loadTokenizer } from "../pipeline/tokenizer.ts";
import { randomStream } from "./data/random-stream.ts";
import { flowBatches } from "./flow-batches.ts";

const tokenizer = await loadTokenizer(fileURLToPath(new URL("../../models/zimage-tiny/tokenizer", import.meta.url)));
const transformer = transformerConfig.parse(smoke.transformer);
const clean = Float32Array.from({ length: 16 * 4 * 4 }, (_, i) => i / 100);
const batches = flowBatches(
  {
    textEncoder: textEncoderConfig.parse(smoke.textEncoder),
    transformer,
    tokenizer,
    data: {
      fingerprint: "",
      pictureCount: 1,
      size: { width: 32, height: 32 },
      picture: () => Promise.reject(new Error("latents are cached")),
      exampleCount: 2,
      caption: (example) => ({ text: example === 0 ? "cat" : "cat ".repeat(100), picture: 0 }),
    },
    latents: { shape: [16, 4, 4], latents: () => clean },
  },
  { batchSize: 2, captionTokens: 32, shift: 3 },
);

it("mixes picture and noise so that noisy + sigma · target is the picture", () => {
  const feeds = batches.draw([0, 1], randomStream(1, 1));
  const [patches, target] = [feeds.patches!.data as Float32Array, feeds.target!.data as Float32Array];
  expect(feeds.patches!.dims).toEqual([2, 32, 64]); // 4 tokens and their filling
  const expected = patchify({ data: clean, shape: [16, 4, 4] }, 2);
  for (let item = 0; item < 2; item++) {
    const from = item * 32 * 64;
    const ratio = (i: number) => (expected[i]! - patches[from + i]!) / target[from + i]!;
    const sigma = ratio(0);
    for (let i = 0; i < expected.length; i++) expect(ratio(i)).toBeCloseTo(sigma, 3);
    // Each item draws from its own part of 0..1, and shift 3 moves the middle to 0.75.
    expect(sigma).toBeGreaterThanOrEqual(item === 0 ? 0 : 0.75);
    expect(sigma).toBeLessThanOrEqual(item === 0 ? 0.75 : 1);
  }
});

it("fills short captions, which the pad token replaces, and cuts long ones", () => {
  const feeds = batches.draw([0, 1], randomStream(1, 1));
  const { inputIds } = tokenizer.tokenizePrompt("cat");
  const ids = Array.from(feeds.caption_ids!.data as BigInt64Array, Number);
  const padding = Array.from(feeds.caption_padding!.data as Uint8Array);
  expect(ids.slice(0, inputIds.length)).toEqual(inputIds);
  expect(padding.slice(0, 32)).toEqual(Array.from({ length: 32 }, (_, place) => (place < inputIds.length ? 0 : 1)));
  expect(padding.slice(32)).toEqual(new Array(32).fill(0));
});

it("draws the same batch for the same stream", () => {
  expect(batches.draw([1, 0], randomStream(1, 2))).toEqual(batches.draw([1, 0], randomStream(1, 2)));
  expect(batches.draw([1, 0], randomStream(1, 3))).not.toEqual(batches.draw([1, 0], randomStream(1, 2)));
});
