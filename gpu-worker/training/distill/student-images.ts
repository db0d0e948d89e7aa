import { gaussianNoise } from "../../pipeline/noise.ts";
import type { NoisyItem } from "../flow/transformer-batch.ts";
import type { VelocityNetwork, Weights } from "./velocity-network.ts";

/** Captions of one image size and what the student starts to draw them from. */
export interface StudentBatch {
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  /** Normal noise as patches, one list per item: independent draws, so their order means nothing. */
  readonly noises: readonly Float32Array[];
  /** Which of its steps each item is trained at, 0..N−1, evenly spread over the batch. */
  readonly stages: readonly number[];
  /** `[C, h, w]` */
  readonly latentShape: readonly [number, number, number];
}

/** Noise of `count` items. */
export function itemNoises(seed: number, count: number, values: number): Float32Array[] {
  const all = gaussianNoise(seed, count * values);
  return Array.from({ length: count }, (_, item) => all.slice(item * values, (item + 1) * values));
}

/**
 * The student's inputs at each item's stage, as its own earlier steps leave them: Euler steps without guidance, as it
 * is served.
 * @param sigmas - N + 1 levels of the student, falling from 1 to 0
 */
export async function studentInputs(
  network: VelocityNetwork,
  weights: Weights,
  { ids, noises, stages, latentShape }: StudentBatch,
  sigmas: Float32Array,
): Promise<NoisyItem[]> {
  const states = [...noises];
  for (let stage = 0; stage < Math.max(...stages); stage++) {
    const [sigma, next] = [sigmas[stage]!, sigmas[stage + 1]!];
    const active = [...states.keys()].filter((item) => stages[item]! > stage);
    const items = active.map((item) => ({ ids: ids[item]!, sigma, patches: states[item]! }));
    const velocities = await network.forward(weights, items, latentShape);
    active.forEach((item, place) => {
      states[item] = moveAlong(states[item]!, velocities[place]!, sigma - next);
    });
  }
  return states.map((patches, item) => ({ ids: ids[item]!, sigma: sigmas[stages[item]!]!, patches }));
}

/** `x + distance · u`: an Euler step over that much sigma; over all of it, the estimate of the clean image. */
export function moveAlong(patches: Float32Array, velocity: Float32Array, distance: number): Float32Array {
  return patches.map((value, i) => value + distance * velocity[i]!);
}

/**
 * Images that networks draw from noise in N steps.
 * @param guidance - unconditional ids and scale; absent without guidance
 */
export async function drawImages(
  network: VelocityNetwork,
  weights: Weights,
  batch: Omit<StudentBatch, "stages" | "texts">,
  sigmas: Float32Array,
  options: {
    readonly guidance?: GuidedBy;
    /** Called with the states at each remaining sigma, the first and the last included. */
    readonly onState?: (step: number, states: readonly Float32Array[]) => void;
  } = {},
): Promise<Float32Array[]> {
  const { ids, noises, latentShape } = batch;
  let states = [...noises];
  options.onState?.(0, states);
  for (let step = 0; step + 1 < sigmas.length; step++) {
    const sigma = sigmas[step]!;
    const items = states.map((patches, item) => ({ ids: ids[item]!, sigma, patches }));
    const velocities = await guidedVelocities(network, weights, items, latentShape, options.guidance);
    states = states.map((patches, item) => moveAlong(patches, velocities[item]!, sigma - sigmas[step + 1]!));
    options.onState?.(step + 1, states);
  }
  return states;
}

export interface GuidedBy {
  readonly scale: number;
  /** Token ids of the caption to move away from. */
  readonly negativeIds: readonly number[];
}

async function guidedVelocities(
  network: VelocityNetwork,
  weights: Weights,
  items: readonly NoisyItem[],
  latentShape: readonly [number, number, number],
  guidance: GuidedBy | undefined,
): Promise<Float32Array[]> {
  const positive = await network.forward(weights, items, latentShape);
  if (!guidance || guidance.scale === 0) return positive;
  const unconditional = items.map((item) => ({ ...item, ids: guidance.negativeIds }));
  const negative = await network.forward(weights, unconditional, latentShape);
  return positive.map((values, item) =>
    values.map((value, i) => value + guidance.scale * (value - negative[item]![i]!)),
  );
}
