import type { Tensor } from "../../tensor.ts";

/** Where a step begins, and what it may ask for. Items are the images of a batch. */
export interface SamplerStep {
  /** `[16, h, w]` per item, at `sigma`. */
  readonly latents: readonly Tensor[];
  /** d latents / d sigma per item at `latents`, guidance included. */
  readonly velocities: readonly Tensor[];
  readonly sigma: number;
  /** Below `sigma`; 0 in the last step. */
  readonly sigmaNext: number;
  /** Velocities at other latents and another noise level: one more network call. */
  predict(latents: readonly Tensor[], sigma: number): Promise<readonly Tensor[]>;
  /** Standard normal values for this step, as many as latents; the same for the same seed. */
  noise(item: number): Float32Array;
}

/** How latents go from one noise level to the next. A file in this folder each. */
export interface Sampler {
  /** Network calls of a step, the one that gave its `velocities` included; the last step may need fewer. */
  readonly callsPerStep: number;
  /** @returns latents per item at `sigmaNext` */
  step(step: SamplerStep): Promise<Tensor[]> | Tensor[];
}
