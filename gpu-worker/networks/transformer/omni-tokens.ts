import type { OmniStream } from "../../graph/architectures/omni-transformer.ts";
import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import type { EditInput } from "../../pipeline/components.ts";
import type { Tensor } from "../../tensor.ts";
import { patchify, sequenceMultiple } from "./transformer-tokens.ts";

/** All tokens of one kind, of several pieces in a row, each filled to a multiple of 32 by itself. */
interface OmniSequence {
  readonly length: number;
  /** `[length, width]`; filling repeats the last token of its piece. */
  readonly values: Float32Array;
  /** `[length]`, 1 where the learned pad token replaces the row. */
  readonly padding: Uint8Array;
  /** `[length]`, 1 for tokens that have the time of the noise. */
  readonly noisy: Uint8Array;
  /** `[length, 3]` */
  readonly positions: Int32Array;
}

export interface OmniTokens {
  readonly sequences: { readonly [stream in OmniStream]?: OmniSequence };
  /** Place among all tokens, in the order caption, images, features, of the first of the image that is drawn. */
  readonly firstTargetToken: number;
}

interface Piece {
  readonly values: Float32Array;
  readonly count: number;
  readonly noisy: boolean;
  /** For every token, padding included. */
  readonly position: (token: number) => readonly [number, number, number];
}

const nowhere = [0, 0, 0] as const;

/**
 * Tokens and positions of one image that is drawn with others to look at. The first axis counts 1, 2, … through the
 * pieces of the prompt without their filling; after each comes the place of the image that follows it and, one further,
 * that of its vision features. Piece j has the time of image j, and pieces past the images that of the noise.
 * @see diffusers `transformer_z_image.py`, `patchify_and_embed_omni`
 */
export function omniTokens(
  latents: Tensor,
  { segments, references }: EditInput,
  config: TransformerConfig,
): OmniTokens {
  const allLatents = [...references.map((reference) => reference.latents), latents];
  const isNoisy = (index: number) => index >= references.length;
  let place = 1;
  const ends: number[] = [];
  const captions = segments.map(({ data, shape: [count = 0] }, index): Piece => {
    const start = place;
    place += count;
    ends.push(place);
    place += 2;
    return { values: data, count, noisy: isNoisy(index), position: (token) => [start + token, 0, 0] };
  });
  const images = allLatents.map((imageLatents, index): Piece => {
    const [, height = 0, width = 0] = imageLatents.shape;
    const [rows, columns] = [height / config.patchSize, width / config.patchSize];
    const end = ends[index]!;
    return {
      values: patchify(imageLatents, config.patchSize),
      count: rows * columns,
      noisy: isNoisy(index),
      position: (token) => (token < rows * columns ? [end, Math.floor(token / columns), token % columns] : nowhere),
    };
  });
  const features = references.map(({ latents: imageLatents, features: tensor }, index) =>
    featurePiece(tensor, imageLatents, ends[index]! + 1),
  );
  const caption = { ...join(captions, config.capFeatDim), positions: captionPositions(captions) };
  const patch = join(images, config.patchSize ** 2 * config.inChannels);
  const beforeTarget = join(images.slice(0, -1), config.patchSize ** 2 * config.inChannels).length;
  const sequences = { caption, patch };
  const firstTargetToken = caption.length + beforeTarget;
  if (references.length === 0) return { sequences, firstTargetToken };
  // The image that is drawn has no features: its place is filling alone.
  const noFeatures: Piece = { values: new Float32Array(0), count: 0, noisy: true, position: () => nowhere };
  return {
    sequences: { ...sequences, siglip: join([...features, noFeatures], config.siglipFeatDim ?? 0) },
    firstTargetToken,
  };
}

/**
 * Vision features `[rows, columns, width]`. Their rows and columns are spread over the latent cells of their image,
 * about twice the grid of the image's own tokens; and the values are read channel by channel while the tokens are cut
 * row by row. Both are what the reference does, and so what its weights were trained for.
 */
function featurePiece({ data, shape }: Tensor, { shape: [, height = 0, width = 0] }: Tensor, place: number): Piece {
  const [rows = 0, columns = 0, channels = 0] = shape;
  const count = rows * columns;
  const values = new Float32Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let token = 0; token < count; token++) values[channel * count + token] = data[token * channels + channel]!;
  }
  const spread = (index: number, size: number, cells: number) =>
    Math.trunc(Math.fround(Math.fround(index / Math.max(size - 1, 1)) * (cells - 1)));
  return {
    values,
    count,
    noisy: false,
    position: (token) =>
      token < count
        ? [place, spread(Math.floor(token / columns), rows, height), spread(token % columns, columns, width)]
        : nowhere,
  };
}

/**
 * The reference lists for each piece a position per token and filling, and then (0, 0, 0) once more per filling; tokens
 * of later pieces take whatever stands at their place of that longer list. An accident of the code that its weights
 * were trained with.
 */
function captionPositions(pieces: readonly Piece[]): Int32Array {
  const listed = pieces.flatMap((piece) => {
    const own = filledLength(piece);
    const counted = Array.from({ length: own }, (_, token) => piece.position(token));
    return [...counted, ...new Array<typeof nowhere>(own - piece.count).fill(nowhere)];
  });
  const length = pieces.reduce((sum, piece) => sum + filledLength(piece), 0);
  return Int32Array.from(listed.slice(0, length).flat());
}

function filledLength({ count }: Piece): number {
  return Math.max(1, Math.ceil(count / sequenceMultiple)) * sequenceMultiple;
}

function join(pieces: readonly Piece[], width: number): OmniSequence {
  const length = pieces.reduce((sum, piece) => sum + filledLength(piece), 0);
  const values = new Float32Array(length * width);
  const padding = new Uint8Array(length);
  const noisy = new Uint8Array(length);
  const positions = new Int32Array(3 * length);
  let first = 0;
  for (const piece of pieces) {
    const { count } = piece;
    const own = filledLength(piece);
    values.set(piece.values, first * width);
    if (count > 0) {
      const last = piece.values.subarray((count - 1) * width);
      for (let token = count; token < own; token++) values.set(last, (first + token) * width);
    }
    padding.fill(1, first + count, first + own);
    if (piece.noisy) noisy.fill(1, first, first + own);
    for (let token = 0; token < own; token++) positions.set(piece.position(token), 3 * (first + token));
    first += own;
  }
  return { length, values, padding, noisy, positions };
}
