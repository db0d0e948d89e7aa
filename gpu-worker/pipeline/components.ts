import type { Warning } from "../../shared/warnings/warning.ts";
import type { Tensor } from "../tensor.ts";
import type { LoraFile } from "../weights/lora/lora.ts";
import type { RgbImage } from "./image.ts";

/** The networks as the pipeline sees them. A batch is a list: items may differ in prompt length and image size. */

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
  /** Needed while a ControlNet is on. */
  readonly control?: ControlInput;
  /** Needed by the Omni architecture, which takes `promptEmbeds` to be `edit.segments` in a row. */
  readonly edit?: EditInput;
}

export interface ControlInput {
  /**
   * `[C, h, w]`, C as the ControlNet wants: the control image's latents, and for 33 channels `1 − mask` and the latents
   * of the image to fill in.
   */
  readonly latents: Tensor;
  /** Strength; 1 is as trained. */
  readonly scale: number;
  /** Shares of the steps between which it acts: outside of them its strength is 0. @default 0 */
  readonly start?: number;
  /** @default 1 */
  readonly end?: number;
}

/** The images that an instruction speaks of. */
export interface EditInput {
  /** `[T, capFeatDim]` per piece of the prompt: with n references there are n + 2, without any there is one. */
  readonly segments: readonly Tensor[];
  readonly references: readonly ReferenceInput[];
}

export interface ReferenceInput {
  /** `[16, h, w]`, scaled as those of the image. */
  readonly latents: Tensor;
  /** `[rows, columns, siglipFeatDim]` of the vision encoder. */
  readonly features: Tensor;
}

/** What changes the transformer itself. */
export interface Adaptation {
  /** All are added up. */
  readonly loras: readonly LoraFile[];
  /** File or folder of a ControlNet. */
  readonly controlNet?: string;
}

/** What came of an adaptation. */
export interface Adapted {
  /** Channels of the ControlNet's input; absent without a ControlNet. */
  readonly controlChannels?: number;
  /** What of the files is left out, and why. */
  readonly warnings: readonly Warning[];
}

/** S3-DiT. */
export interface Transformer {
  /** One output `[16, h, w]` per item, the raw network output (the pipeline negates it). */
  forward(items: readonly TransformerItem[]): Promise<Tensor[]>;
  /**
   * What the images from now on are drawn with.
   * @throws InvalidFileError for a file that does not fit the model
   */
  adapt(adaptation: Adaptation): Promise<Adapted>;
  release(): Promise<void>;
}

export interface Vae {
  readonly scalingFactor: number;
  readonly shiftFactor: number;
  /**
   * Unscaled latents `[16, h, w]` (that is `latents / scalingFactor + shiftFactor`) → `[3, 8h, 8w]`, about −1..1, not
   * clamped.
   */
  decode(z: Tensor): Promise<Tensor>;
  /** Image `[3, H, W]` in −1..1 → mean and log-variance, each `[16, H/8, W/8]`, log-variance clamped to −30..20. */
  encode(image: Tensor): Promise<{ mean: Tensor; logvar: Tensor }>;
  /** Whether the transformer may stay in memory while this runs. @default true */
  keepsTransformer?(): boolean;
  release(): Promise<void>;
}

/** SigLIP-2, which looks at the images that an edit refers to. */
export interface VisionEncoder {
  /** @returns `[rows, columns, siglipFeatDim]`, a vector per patch */
  encode(image: RgbImage): Promise<Tensor>;
  release(): Promise<void>;
}
