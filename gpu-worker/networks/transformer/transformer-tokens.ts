import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import type { TransformerItem } from "../../pipeline/components.ts";
import { type Tensor, tensor } from "../../tensor.ts";

/**
 * Both token lists of an item are filled up to a multiple of this. The filling is attended to: the model was trained
 * with it.
 */
export const sequenceMultiple = 32;

/** One list of tokens with its filling. L tokens of width D. */
export interface TokenSequence {
  readonly length: number;
  /** Tokens before the filling. */
  readonly count: number;
  /** `[L, D]`; the filling repeats the last token. */
  readonly values: Float32Array;
  /** `[L]`, 1 where the learned pad token replaces the row. */
  readonly padding: Uint8Array;
  /** `[L, 3]`: caption place, image row, image column. */
  readonly positions: Int32Array;
}

export interface ItemTokens {
  readonly image: TokenSequence;
  readonly caption: TokenSequence;
}

/**
 * Tokens and positions of one item. Caption tokens count 1, 2, … along the first axis, filling included; image tokens
 * share the next number and carry their row and column; the filling of the image lies at (0, 0, 0).
 * @throws Error for shapes the model cannot take: sizes were checked where the request came in
 * @see Z-Image `src/zimage/transformer.py`, `patchify_and_embed`
 */
export function itemTokens({ latents, promptEmbeds }: TransformerItem, config: TransformerConfig): ItemTokens {
  const { patchSize, inChannels, capFeatDim, axesLens } = config;
  const [channels, height = 0, width = 0] = latents.shape;
  const fits = (size: number, limit: number) => size > 0 && size % patchSize === 0 && size / patchSize <= limit;
  if (
    latents.shape.length !== 3 ||
    channels !== inChannels ||
    !fits(height, axesLens[1]) ||
    !fits(width, axesLens[2])
  ) {
    const limits = `height and width even, at most ${patchSize * axesLens[1]} and ${patchSize * axesLens[2]}`;
    throw new Error(`expected latents [${inChannels}, height, width], ${limits}, got [${latents.shape}]`);
  }
  const [textLength = 0, textWidth] = promptEmbeds.shape;
  if (
    promptEmbeds.shape.length !== 2 ||
    textWidth !== capFeatDim ||
    textLength < 1 ||
    roundUpToMultiple(textLength) + 1 >= axesLens[0]
  ) {
    throw new Error(
      `expected prompt embeds [1..${axesLens[0] - sequenceMultiple - 1}, ${capFeatDim}], got [${promptEmbeds.shape}]`,
    );
  }
  const caption = fill(promptEmbeds.data, textLength, capFeatDim);
  for (let place = 0; place < caption.length; place++) caption.positions[3 * place] = 1 + place;

  const columns = width / patchSize;
  const count = (height / patchSize) * columns;
  const image = fill(patchify(latents, patchSize), count, patchSize ** 2 * inChannels);
  for (let token = 0; token < count; token++) {
    image.positions.set([caption.length + 1, Math.floor(token / columns), token % columns], 3 * token);
  }
  return { image, caption };
}

/** The number of tokens with filling. */
export const roundUpToMultiple = (count: number): number => Math.ceil(count / sequenceMultiple) * sequenceMultiple;

function fill(tokens: Float32Array, count: number, width: number): TokenSequence {
  const length = roundUpToMultiple(count);
  const values = new Float32Array(length * width);
  values.set(tokens);
  const last = tokens.subarray((count - 1) * width, count * width);
  for (let row = count; row < length; row++) values.set(last, row * width);
  return {
    length,
    count,
    values,
    padding: new Uint8Array(length).fill(1, count),
    positions: new Int32Array(3 * length),
  };
}

/**
 * Cut an image into square patches, row by row. Within a token the order is (row in patch, column in patch, channel),
 * channel fastest.
 * @param image - `[C, h, w]`
 * @returns `[h/p · w/p, p · p · C]`
 */
export function patchify({ data, shape }: Tensor, patchSize: number): Float32Array {
  const tokens = new Float32Array(data.length);
  forEachPatchValue(shape as [number, number, number], patchSize, (inToken, inImage) => {
    tokens[inToken] = data[inImage]!;
  });
  return tokens;
}

/** The inverse of `patchify`; tokens past the image's own are left out. @returns `[C, h, w]` */
export function unpatchify(tokens: Float32Array, shape: readonly [number, number, number], patchSize: number): Tensor {
  const data = new Float32Array(shape[0] * shape[1] * shape[2]);
  forEachPatchValue(shape, patchSize, (inToken, inImage) => {
    data[inImage] = tokens[inToken]!;
  });
  return tensor(data, shape);
}

function forEachPatchValue(
  [channels, height, width]: readonly [number, number, number],
  patchSize: number,
  visit: (inToken: number, inImage: number) => void,
): void {
  let inToken = 0;
  for (let top = 0; top < height; top += patchSize) {
    for (let left = 0; left < width; left += patchSize) {
      for (let row = top; row < top + patchSize; row++) {
        for (let column = left; column < left + patchSize; column++) {
          for (let channel = 0; channel < channels; channel++)
            visit(inToken++, (channel * height + row) * width + column);
        }
      }
    }
  }
}
