import type { StoredTensor } from "../formats/safetensors.ts";
import type { TensorHeader } from "../formats/write-checkpoint.ts";
import type { BlockBits } from "./quantize-blocks.ts";

/** How the values of one tensor are turned. */
export type Encoding =
  | { readonly kind: "copy" }
  | { readonly kind: "float"; readonly dtype: "BF16" | "F32" }
  | { readonly kind: "blocks"; readonly bits: BlockBits }
  /** Rows rotated in groups of so many values, then int8 with a scale per row. */
  | { readonly kind: "rotated"; readonly group: number }
  /** ggml blocks that hold exactly the same codes and scales as ours. */
  | { readonly kind: "repack"; readonly bits: BlockBits };

export interface TensorPlan {
  readonly name: string;
  readonly source: StoredTensor;
  readonly encoding: Encoding;
  /** What is written: one tensor, or codes and scales. */
  readonly outputs: readonly TensorHeader[];
  /** First row of the outputs that the source fills, when several plans fill the same matrices. */
  readonly firstOutputRow?: number;
  /** Small tensors beside them that say what they are. */
  readonly notes?: readonly NoteTensor[];
}

/** A text as a U8 tensor. */
export interface NoteTensor {
  readonly name: string;
  readonly text: string;
}
