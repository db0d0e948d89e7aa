import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import smoke from "../../../test/training/smoke-flow.json" with { type: "json" };
import { textEncoderConfig, transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { patchify } from "../../networks/transformer/transformer-tokens.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import { tensor } from "../../tensor.ts";
import { loadTokenizer } from "../../weights/folder/load-tokenizer.ts";
import { trainedCaptions } from "../captions/trained-captions.ts";
import { randomStream } from "../data/random-stream.ts";
import { flowBatches } from "./flow-batches.ts";

const tokenizer = await loadTokenizer(fileURLToPath(new URL("../../../models/zimage-tiny/tokenizer", import.meta.url)));
const transformer = transformerConfig.parse(smoke.transformer);
/** A square, then a wide image. */
const clean = [4, 8].map((width) =>
  tensor(
    Float32Array.from({ length: 16 * 4 * width }, (_, i) => i / 100),
    [16, 4, width],
  ),
);
const captions = ["cat", "cat ".repeat(30), "cat ".repeat(300), "dog"];

function batchesOf(captionTokens: number) {
  return flowBatches(
    {
      captions: trainedCaptions(textEncoderConfig.parse(smoke.textEncoder)),
      transformer,
      tokenizer,
      data: {
        fingerprint: "",
        imageCount: 2,
        size: (image) => ({ width: image === 0 ? 32 : 64, height: 32 }),
        image: () => Promise.reject(new Error("latents are cached")),
        exampleCount: captions.length,
        caption: (example) => ({ text: captions[example]!, image: example === 3 ? 1 : 0 }),
      },
      latents: { latents: (image) => clean[image]! },
    },
    { batchSize: 2, captionTokens, shift: 3 },
  );
}

const numbers = (feed: OnnxTensor | undefined) => Array.from(feed!.data as Uint8Array, Number);

it("mixes image and noise so that noisy + sigma · target is the image", async () => {
  const { feeds } = await batchesOf(32).draw([0, 1], randomStream(1, 1));
  const [patches, target] = [feeds.patches!.data as Float32Array, feeds.target!.data as Float32Array];
  expect(feeds.patches!.dims).toEqual([2, 32, 64]); // 4 tokens and their filling
  const expected = patchify(clean[0]!, 2);
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

it("cuts captions that are longer than allowed", async () => {
  const { feeds, masked } = await batchesOf(32).draw([0, 2], randomStream(1, 1));
  expect(masked).toBe(false);
  const { inputIds } = tokenizer.tokenizePrompt("cat");
  const ids = numbers(feeds.caption_ids);
  expect(ids.slice(0, inputIds.length)).toEqual(inputIds);
  expect(ids.slice(32)).toEqual(tokenizer.tokenizePrompt(captions[2]!, 32).inputIds);
});

it("takes the size of its images", async () => {
  const { feeds } = await batchesOf(32).draw([3, 3], randomStream(1, 1));
  const weight = feeds.target_weight!.data as Float32Array;
  expect(weight.filter((value) => value > 0)).toHaveLength(2 * 2 * 4); // 2 × 4 tokens each
});

it("draws the same batch for the same stream", async () => {
  const batches = batchesOf(512);
  const first = await batches.draw([1, 0], randomStream(1, 2));
  expect(await batches.draw([1, 0], randomStream(1, 2))).toEqual(first);
  expect(await batches.draw([1, 0], randomStream(1, 3))).not.toEqual(first);
});
