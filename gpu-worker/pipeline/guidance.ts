import type { Tensor } from "../tensor.ts";

export interface Guidance {
  /** `guidance_scale` g of the reference: 0 is off. The w of other programs is g + 1. */
  readonly scale: number;
  /** Longest allowed guided prediction, in lengths of the positive one; 0 is off, `true` in the reference is 1. */
  readonly normalization: number;
  /** Guidance is off in steps whose model time exceeds this; 1 never triggers. */
  readonly truncation: number;
}

/**
 * Guidance scale of a step at model time `t` (0 is pure noise, 1 is clean).
 * @see diffusers `pipeline_z_image.py`, `__call__`
 */
export function guidanceScaleAt({ scale, truncation }: Guidance, t: number): number {
  return truncation <= 1 && t > truncation ? 0 : scale;
}

/**
 * Classifier-free guidance of one item: `positive + scale · (positive − negative)`, then shortened so that its L2 norm
 * over the whole item is at most `normalization` times that of `positive`. Float32.
 *
 * @param positive - raw network output `[16, h, w]`
 * @param negative - same shape
 */
export function applyGuidance(positive: Tensor, negative: Tensor, scale: number, normalization: number): Tensor {
  const data = positive.data.map((value, i) => value + Math.fround(scale * Math.fround(value - negative.data[i]!)));
  if (normalization > 0) {
    const allowed = normalization * l2Norm(positive.data);
    const norm = l2Norm(data);
    if (norm > allowed) for (let i = 0; i < data.length; i++) data[i] = data[i]! * (allowed / norm);
  }
  return { data, shape: positive.shape };
}

function l2Norm(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
