import type {
  Adaptation,
  TextEncoder,
  Transformer,
  TransformerItem,
  Vae,
} from "../../../gpu-worker/pipeline/components.ts";
import type { PipelineComponents } from "../../../gpu-worker/pipeline/generate-image.ts";
import { tensor } from "../../../gpu-worker/tensor.ts";
import { sampleWarning } from "../sample-warning.ts";

/** Small networks with answers that can be worked out by hand, and a record of what they were asked. */
export interface FakeComponents extends PipelineComponents {
  readonly encodedIds: (readonly number[])[];
  readonly transformerCalls: (readonly TransformerItem[])[];
  readonly adaptations: Adaptation[];
  released: number;
}

export interface FakeOptions {
  /** One output value from an item; every cell of the output holds it. @default t of the item */
  readonly output?: (item: TransformerItem) => number;
}

/**
 * Tokens are UTF-16 codes; a prompt's embedding is `[T, 1]` holding them. The transformer answers `output`, the VAE
 * repeats the mean of the first three latent channels' cells over 8×8 pixels and encodes every image to ones.
 */
export function fakeComponents({ output = ({ t }) => t }: FakeOptions = {}): FakeComponents {
  const encodedIds: (readonly number[])[] = [];
  const transformerCalls: (readonly TransformerItem[])[] = [];
  const adaptations: Adaptation[] = [];
  const release = async () => {
    fakes.released++;
  };
  const textEncoder: TextEncoder = {
    async encode(inputIds) {
      encodedIds.push(inputIds);
      return tensor(Float32Array.from(inputIds), [inputIds.length, 1]);
    },
    release,
  };
  const transformer: Transformer = {
    async forward(items) {
      transformerCalls.push(items);
      return items.map((item) =>
        tensor(
          item.latents.data.map(() => output(item)),
          item.latents.shape,
        ),
      );
    },
    async adapt(adaptation) {
      adaptations.push(adaptation);
      return {
        controlChannels: adaptation.controlNet === undefined ? undefined : 16,
        warnings: adaptation.loras.map(({ path }) => sampleWarning(`${path}: 1 tensor is left out`)),
      };
    },
    release,
  };
  const vae: Vae = {
    scalingFactor: 0.5,
    shiftFactor: 0.25,
    async decode({ data, shape }) {
      const [, h, w] = shape as [number, number, number];
      const [height, width] = [8 * h, 8 * w];
      const image = new Float32Array(3 * height * width).map((_, i) => {
        const [channel, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
        return data[channel * h * w + Math.floor(y / 8) * w + Math.floor(x / 8)]!;
      });
      return tensor(image, [3, height, width]);
    },
    async encode({ shape }) {
      const [, height, width] = shape as [number, number, number];
      const latents = (value: number) =>
        tensor(new Float32Array((16 * height * width) / 64).fill(value), [16, height / 8, width / 8]);
      return { mean: latents(1), logvar: latents(-30) };
    },
    release,
  };
  const tokenizer = {
    tokenize: (text: string) => Array.from(text, (character) => character.charCodeAt(0)),
    tokenizePrompt(prompt: string, maxSequenceLength = 512) {
      const ids = [1, ...this.tokenize(prompt)];
      return {
        inputIds: ids.slice(0, maxSequenceLength),
        tokenCount: ids.length,
        truncated: ids.length > maxSequenceLength,
      };
    },
  };
  const fakes: FakeComponents = {
    tokenizer,
    textEncoder,
    transformer,
    vae,
    scheduler: { numTrainTimesteps: 1000, shift: 3 },
    encodedIds,
    transformerCalls,
    adaptations,
    released: 0,
  };
  return fakes;
}
