import { timeFrequencies } from "../graph/blocks/timestep-embedding.ts";
import { textRotaryTables } from "../graph/rotary-tables.ts";
import { floatFeed } from "../models/open-session.ts";
import { transformerFeeds } from "../models/transformer-feeds.ts";
import { itemTokens, patchify } from "../models/transformer-tokens.ts";
import { gaussianNoise } from "../pipeline/noise.ts";
import type { OnnxTensor } from "../runtime/onnx-session.ts";
import { tensor } from "../tensor.ts";
import { flowMatchFeeds } from "./flow-match-loss.ts";
import type { FlowParts } from "./flow-task.ts";

type Feeds = Record<string, OnnxTensor>;

export interface FlowBatches {
  /** Captions, noise levels and noise for the examples, as `textToImageLoss` reads them. @param random - decides all of them */
  draw(examples: readonly number[], random: () => number): Feeds;
}

export function flowBatches(
  { textEncoder, transformer, tokenizer, data, latents }: FlowParts,
  { batchSize, captionTokens, shift }: { batchSize: number; captionTokens: number; shift: number },
): FlowBatches {
  // Positions, tables and padding are those of every batch: all pictures have one size, all captions one length.
  const blank = itemTokens(
    {
      latents: tensor(new Float32Array(latents.shape.reduce((product, size) => product * size)), latents.shape),
      promptEmbeds: tensor(new Float32Array(captionTokens * textEncoder.hiddenSize), [
        captionTokens,
        textEncoder.hiddenSize,
      ]),
      t: 0,
    },
    transformer,
  );
  const items = Array.from({ length: batchSize }, () => blank);
  const { caption: _, ...fixed } = transformerFeeds(items, new Array<number>(batchSize).fill(0), transformer, {
    masked: false,
  });
  const text = textFeeds(textEncoder, batchSize, captionTokens);
  const patches = latents.shape.reduce((product, size) => product * size);
  const rows = blank.image.length;
  const width = patches / blank.image.count;

  return {
    draw(examples, random) {
      const noise = gaussianNoise(Math.floor(random() * 2 ** 32), batchSize * patches);
      const noisy = new Float32Array(batchSize * rows * width);
      const frequencies: number[] = [];
      const captions: string[] = [];
      const targets = examples.map((example, item) => {
        const { text: caption, picture } = data.caption(example, random);
        captions.push(caption);
        const sigma = drawSigma((item + random()) / batchSize, shift);
        frequencies.push(...timeFrequencies(1 - sigma, transformer.timeScale));
        const clean = patchify(tensor(latents.latents(picture), latents.shape), transformer.patchSize);
        const target = new Float32Array(patches);
        for (let i = 0; i < patches; i++) {
          const drawn = noise[item * patches + i]!;
          target[i] = clean[i]! - drawn;
          noisy[item * rows * width + i] = sigma * drawn + (1 - sigma) * clean[i]!;
        }
        return target;
      });
      return {
        ...fixed,
        ...text,
        ...captionFeeds(captions, tokenizer, captionTokens),
        ...flowMatchFeeds(items, targets),
        patches: floatFeed(noisy, [batchSize, rows, width]),
        time_frequencies: floatFeed(Float32Array.from(frequencies), [batchSize, frequencies.length / batchSize]),
      };
    },
  };
}

/** The noise level of an even draw: as dense as the shifted schedule of the sampler has its steps. @param u - 0..1 */
function drawSigma(u: number, shift: number): number {
  return (shift * u) / (1 + (shift - 1) * u);
}

function textFeeds({ headDim, ropeTheta }: FlowParts["textEncoder"], items: number, length: number): Feeds {
  const { cos, sin } = textRotaryTables(length, headDim, ropeTheta);
  const positions = BigInt64Array.from({ length: items * length }, (_, index) => BigInt(index % length));
  return {
    text_cos: floatFeed(cos, [length, headDim / 2]),
    text_sin: floatFeed(sin, [length, headDim / 2]),
    text_positions: { dtype: "int64", data: positions, dims: [items, length] },
  };
}

function captionFeeds(captions: readonly string[], tokenizer: FlowParts["tokenizer"], length: number): Feeds {
  const ids = new BigInt64Array(captions.length * length);
  const padding = new Uint8Array(captions.length * length);
  captions.forEach((caption, item) => {
    const { inputIds } = tokenizer.tokenizePrompt(caption, length);
    ids.set(inputIds.map(BigInt), item * length);
    padding.fill(1, item * length + inputIds.length, (item + 1) * length);
  });
  return {
    caption_ids: { dtype: "int64", data: ids, dims: [captions.length, length] },
    caption_padding: { dtype: "bool", data: padding, dims: [captions.length, length, 1] },
  };
}
