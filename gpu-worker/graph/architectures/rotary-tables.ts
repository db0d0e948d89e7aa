/** Cosines and sines for `RotaryEmbedding`, row-major `[R, P]` with P pairs of channels. */
export interface RotaryTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * Tables of the transformer's three axes: pair i of an axis of width d turns by `position · theta^(−2i/d)`. Angles are
 * computed in float64, rounded to float32, and then taken to cosine and sine, as in the reference.
 *
 * @param positions - `[R, 3]`
 * @param axesDims - channels per head of each axis, even; their halves add up to P
 * @see Z-Image `src/zimage/transformer.py`, `RopeEmbedder.precompute_freqs_cis`
 */
export function axialRotaryTables(positions: Int32Array, axesDims: readonly number[], theta: number): RotaryTables {
  const rows = positions.length / axesDims.length;
  const pairs = axesDims.reduce((sum, dim) => sum + dim / 2, 0);
  const frequencies = axesDims.flatMap((dim) =>
    Array.from({ length: dim / 2 }, (_, i) => 1 / theta ** ((2 * i) / dim)),
  );
  const axisOfPair = axesDims.flatMap((dim, axis) => new Array<number>(dim / 2).fill(axis));
  return tables(rows, pairs, (row, pair) =>
    Math.fround(positions[row * axesDims.length + axisOfPair[pair]!]! * frequencies[pair]!),
  );
}

/**
 * Tables of the text encoder: row p is position p, pair i turns by `p · theta^(−2i/headDim)`. The reference does all of
 * this in float32, and so does this: at position 500 the rounding of the frequencies is larger than that of the result.
 * @see transformers `models/qwen3/modeling_qwen3.py`, `Qwen3RotaryEmbedding`
 */
export function textRotaryTables(length: number, headDim: number, theta: number): RotaryTables {
  const { fround } = Math;
  const frequencies = Array.from({ length: headDim / 2 }, (_, i) =>
    fround(1 / fround(theta ** fround((2 * i) / headDim))),
  );
  return tables(length, headDim / 2, (position, pair) => fround(position * frequencies[pair]!));
}

function tables(rows: number, pairs: number, angleOf: (row: number, pair: number) => number): RotaryTables {
  const cos = new Float32Array(rows * pairs);
  const sin = new Float32Array(rows * pairs);
  for (let row = 0; row < rows; row++) {
    for (let pair = 0; pair < pairs; pair++) {
      const angle = angleOf(row, pair);
      cos[row * pairs + pair] = Math.cos(angle);
      sin[row * pairs + pair] = Math.sin(angle);
    }
  }
  return { cos, sin };
}
