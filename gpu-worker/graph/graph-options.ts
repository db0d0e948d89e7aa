import type { FloatDtype } from "./value.ts";
import type { IntegerProducts, WeightSource } from "./weight-source.ts";

export interface GraphBuilderOptions {
  readonly weights?: WeightSource;
  /**
   * What activations and weights are computed in. Statistics, rotary and graph inputs and outputs are float32 whatever
   * this says.
   */
  readonly computeDtype?: FloatDtype;
  /** Make every `probe` an output. */
  readonly probes?: boolean;
  /**
   * What quantised linear layers multiply in: 4 turns activations into int8 with a scale per block, 0 keeps them float.
   * @default 4, twice as fast on a CPU for an error of the size of 8-bit weights' own
   */
  readonly accuracyLevel?: 0 | 4;
  /** @default "fused" */
  readonly attention?: AttentionForm;
  /**
   * How rotated int8 matrices are multiplied.
   * @default not as integers: they are expanded to floats when the session is made
   */
  readonly integerProducts?: IntegerProducts;
}

/**
 * `fused`: `MultiHeadAttention`, one operator that keeps no matrix of scores. `standard`: ONNX's own `Attention` where
 * there is no mask, which on CUDA is flash attention in bfloat16 too; `MultiHeadAttention` is that in float16 alone.
 * `decomposed`: the products and softmax that they stand for.
 */
export type AttentionForm = "fused" | "standard" | "decomposed";
