import type { GraphBuilder } from "../graph-builder.ts";
import { silu } from "../ops/arithmetic.ts";
import { linear } from "../ops/linear.ts";
import type { Value } from "../value.ts";

/** Sinusoids per time, half cosines and half sines. */
export const frequencyWidth = 256;
const hiddenWidth = 1024;

/**
 * The two-layer network after the sinusoids.
 * @param frequencies - `[B, 256]`
 * @returns `[B, out]`
 * @see Z-Image `TimestepEmbedder`
 */
export function timestepEmbedding(g: GraphBuilder, frequencies: Value, out: number): Value {
  return g.scope("t_embedder.mlp", () => {
    const hidden = silu(g, linear(g, frequencies, "0", hiddenWidth, { bias: true })); // [B, 1024]
    return linear(g, hidden, "2", out, { bias: true });
  });
}

/**
 * Sinusoidal embedding of the model time: 128 cosines, then 128 sines, of `timeScale · t · 10000^(−i/128)`. Rounded to
 * float32 step by step as the reference does: angles reach 1000, where neighbouring float32 values are 6e-5 apart.
 * @param t - model time in 0..1
 * @returns `[256]`
 */
export function timeFrequencies(t: number, timeScale: number): Float32Array {
  const half = frequencyWidth / 2;
  const logPeriod = Math.fround(-Math.log(10_000));
  const values = new Float32Array(frequencyWidth);
  const scaled = Math.fround(Math.fround(t) * timeScale);
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(Math.exp(Math.fround(logPeriod * i) / half));
    const angle = Math.fround(scaled * frequency);
    values[i] = Math.cos(angle);
    values[half + i] = Math.sin(angle);
  }
  return values;
}
