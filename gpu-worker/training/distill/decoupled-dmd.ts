/**
 * Decoupled distribution-matching distillation: where a student's image should move, from what its teacher and its fake
 * score say of noisy copies of it.
 *
 * Here and below, sigma 1 is noise and 0 is clean, `x_s = (1 − s)·x + s·e`, a network gives `u = x − e`, and its
 * estimate of the clean image is `x_s + s·u`. Images are plain lists of numbers: no formula asks how they are arranged.
 * @see arXiv 2511.22677, Algorithm 1; its time runs the other way, 0 noise and 1 clean
 */

/**
 * From which noise levels the two parts of the gradient are read, given the level s of the student's input:
 *
 * | | distribution matching | guidance |
 * |---|---|---|
 * | `hybrid` | 0..1 | 0..s |
 * | `full` | 0..1 | 0..1 |
 * | `constrained` | 0..s | 0..s |
 * | `coupled` | 0..1 | the same level and noise: one guided teacher, as in DMD |
 */
export const matchingSchedules = ["hybrid", "full", "constrained", "coupled"] as const;
export type MatchingSchedule = (typeof matchingSchedules)[number];

export interface MatchingLevels {
  readonly matching: number;
  readonly guidance: number;
}

/** Levels stay off both ends: at 0 there is nothing to estimate, at 1 nothing of the image. */
const [leastLevel, greatestLevel] = [0.02, 0.98];

/** @param sigma - of the student's input @param u - two numbers in 0..1, even draws */
export function matchingLevels(
  schedule: MatchingSchedule,
  sigma: number,
  u: readonly [number, number],
): MatchingLevels {
  const [first, second] = u.map((draw) => leastLevel + (greatestLevel - leastLevel) * draw) as [number, number];
  switch (schedule) {
    case "hybrid":
      return { matching: first, guidance: sigma * second };
    case "full":
      return { matching: first, guidance: second };
    case "constrained":
      return { matching: sigma * first, guidance: sigma * second };
    case "coupled":
      return { matching: first, guidance: first };
  }
}

/** A noisy copy of the student's image and what networks give there. */
interface NoisyCopy {
  readonly sigma: number;
  readonly patches: Float32Array;
}

export interface MatchingTerms {
  /** The student's image x. */
  readonly image: Float32Array;
  readonly matching: NoisyCopy & { readonly teacher: Float32Array; readonly fake: Float32Array };
  readonly guidance: NoisyCopy & { readonly teacher: Float32Array; readonly unconditional: Float32Array };
  /** Scale g of `u_c + g·(u_c − u_∅)`. */
  readonly guidanceScale: number;
  readonly weights: { readonly matching: number; readonly augmentation: number };
  readonly schedule: MatchingSchedule;
}

export interface MatchingDirection {
  /** Δ: where the image is to move. */
  readonly direction: Float32Array;
  /** Mean of |Δ| of each part, after its norm and before its weight. */
  readonly meanMatching: number;
  readonly meanAugmentation: number;
}

/** Norms below this are a level near 0, where the estimate is the image itself. */
const leastNorm = 1e-3;

/**
 * `Δ = w_DM · Δ_DM / n_DM + w_CA · Δ_CA / n_CA` with `Δ_DM = s·(u_teacher − u_fake)`, `Δ_CA = g·s·(u_c − u_∅)`. Each
 * norm is the mean distance from the image to the teacher's estimate that the part is read from, so that both parts
 * have the same size at all levels; in `coupled` both are that of the one guided estimate.
 */
export function matchingDirection(terms: MatchingTerms): MatchingDirection {
  const { image, matching, guidance, guidanceScale, weights, schedule } = terms;
  const count = image.length;
  const towardsTeacher = matching.teacher.map((value, i) => matching.sigma * (value - matching.fake[i]!));
  const towardsCaption = guidance.teacher.map(
    (value, i) => guidanceScale * guidance.sigma * (value - guidance.unconditional[i]!),
  );
  const guidedNorm = meanDistance(image, (i) => estimate(guidance, guidance.teacher, i) + towardsCaption[i]!);
  const plainNorm = meanDistance(image, (i) => estimate(matching, matching.teacher, i));
  const matchingNorm = Math.max(leastNorm, schedule === "coupled" ? guidedNorm : plainNorm);
  const augmentationNorm = Math.max(leastNorm, guidedNorm);
  const direction = new Float32Array(count);
  let [meanMatching, meanAugmentation] = [0, 0];
  for (let i = 0; i < count; i++) {
    const byTeacher = towardsTeacher[i]! / matchingNorm;
    const byCaption = towardsCaption[i]! / augmentationNorm;
    direction[i] = weights.matching * byTeacher + weights.augmentation * byCaption;
    meanMatching += Math.abs(byTeacher) / count;
    meanAugmentation += Math.abs(byCaption) / count;
  }
  return { direction, meanMatching, meanAugmentation };
}

/**
 * The target that turns a flow-matching step into a distillation step: the gradient of `½·mean (x − (x + Δ))²`, Δ held
 * fixed and `x = z + s·u`, is that of `mean (u − target)²` with `target = u_now + ½·s·Δ`. The loss of that step is then
 * `¼·mean (s·Δ)²`, which `expectedLoss` gives.
 * @param velocity - u_now, the student's current output for its input
 */
export function distillationTarget(velocity: Float32Array, sigma: number, direction: Float32Array): Float32Array {
  return velocity.map((value, i) => value + 0.5 * sigma * direction[i]!);
}

/** `¼·mean (s·Δ)²` over all items. */
export function expectedLoss(items: readonly { readonly sigma: number; readonly direction: Float32Array }[]): number {
  const ofItem = ({ sigma, direction }: (typeof items)[number]) =>
    direction.reduce((sum, value) => sum + (sigma * value) ** 2, 0) / direction.length;
  return items.reduce((sum, item) => sum + ofItem(item), 0) / items.length / 4;
}

/** `x_s + s·u`, one number of it. */
const estimate = ({ patches, sigma }: NoisyCopy, velocity: Float32Array, i: number) =>
  patches[i]! + sigma * velocity[i]!;

function meanDistance(image: Float32Array, other: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < image.length; i++) sum += Math.abs(image[i]! - other(i));
  return sum / image.length;
}
