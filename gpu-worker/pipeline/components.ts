import type { Tensor } from "../tensor.ts";

/** The three networks as the pipeline sees them. A batch is a list: items may differ in prompt length and picture size. */

/** Qwen3 up to the layer whose output conditions the transformer. */
export interface TextEncoder {
  /** `inputIds` 1..maxSequenceLength token ids → `[T, capFeatDim]`. */
  encode(inputIds: readonly number[]): Promise<Tensor>;
  release(): Promise<void>;
}

export interface TransformerItem {
  /** `[16, h, w]`, h and w even. */
  readonly latents: Tensor;
  /** `[T, capFeatDim]`, T ≥ 1. */
  readonly promptEmbeds: Tensor;
  /** Model time `1 - sigma` in 0..1: 0 is pure noise. */
  readonly t: number;
}

/** S3-DiT. */
export interface Transformer {
  /** One output `[16, h, w]` per item, the raw network output (the pipeline negates it). */
  forward(items: readonly TransformerItem[]): Promise<Tensor[]>;
  release(): Promise<void>;
}

export interface Vae {
  readonly scalingFactor: number;
  readonly shiftFactor: number;
  /** Unscaled latents `[16, h, w]` (that is `latents / scalingFactor + shiftFactor`) → `[3, 8h, 8w]`, about −1..1, not clamped. */
  decode(z: Tensor): Promise<Tensor>;
  /** Picture `[3, H, W]` in −1..1 → mean and log-variance, each `[16, H/8, W/8]`, log-variance clamped to −30..20. */
  encode(image: Tensor): Promise<{ mean: Tensor; logvar: Tensor }>;
  release(): Promise<void>;
}
