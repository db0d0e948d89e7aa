import { InvalidInputError } from "../../shared/errors.ts";

export interface SchedulerConfig {
  /** 1000 in every released checkpoint. */
  readonly numTrainTimesteps: number;
  /** 3 for Turbo, 6 for Base. Larger spends more steps at high noise. */
  readonly shift: number;
}

/** One run's noise levels, falling from 1 to 0. All values are float32, as in the reference. */
export interface Schedule {
  /** N + 1 values, the last is 0. */
  readonly sigmas: Float32Array;
  /** N values, `numTrainTimesteps · sigma`. */
  readonly timesteps: Float32Array;
  /**
   * N values, `1 − sigma` by way of the timestep, as the reference computes it. The way matters: the network looks at
   * 1000 times this number, so that one float32 rounding more moved its output by 3e-4.
   */
  readonly modelTimes: Float32Array;
}

/**
 * Shifted linear schedule: `s = linspace(1, 1/N, N)`, `sigma = shift·s / (1 + (shift − 1)·s)`, then a final 0. N steps
 * are N network calls.
 * @see diffusers `scheduling_flow_match_euler_discrete.py`, `set_timesteps`
 */
export function flowMatchSchedule({ numTrainTimesteps, shift }: SchedulerConfig, numInferenceSteps: number): Schedule {
  const n = numInferenceSteps;
  if (!Number.isInteger(n) || n < 1) {
    throw new InvalidInputError("invalid_steps", `steps must be a whole number from 1, got ${n}`, { param: "steps" });
  }
  const { fround } = Math;
  const sigmas = new Float32Array(n + 1);
  linspaceToReciprocal(n).forEach((s, i) => {
    sigmas[i] = fround(shift * s) / fround(1 + fround((shift - 1) * s));
  });
  return scheduleOf(sigmas, numTrainTimesteps);
}

/** A schedule of given levels, to which no shift is applied. @param levels - falling, without the final 0 */
export function givenSchedule({ numTrainTimesteps }: SchedulerConfig, levels: readonly number[]): Schedule {
  const isFalling = levels.every((sigma, i) => sigma > 0 && sigma <= 1 && (i === 0 || sigma < levels[i - 1]!));
  if (levels.length === 0 || !isFalling) {
    throw new InvalidInputError("invalid_sigmas", `sigmas must fall within 0 and 1, got ${levels.join(", ")}`, {
      param: "sigmas",
    });
  }
  return scheduleOf(Float32Array.of(...levels, 0), numTrainTimesteps);
}

/** @param sigmas - the final 0 included */
function scheduleOf(sigmas: Float32Array, numTrainTimesteps: number): Schedule {
  const timesteps = sigmas.subarray(0, -1).map((sigma) => sigma * numTrainTimesteps);
  const modelTimes = timesteps.map((timestep) => Math.fround(numTrainTimesteps - timestep) / numTrainTimesteps);
  return { sigmas, timesteps, modelTimes };
}

/**
 * Float32 values from 1 to 1/count, counted from the nearer end: the rounding of `torch.linspace`, which the reference
 * calls.
 */
function linspaceToReciprocal(count: number): Float32Array {
  const end = Math.fround(1 / count);
  const step = Math.fround(Math.fround(end - 1) / Math.max(1, count - 1));
  const half = Math.floor(count / 2);
  return new Float32Array(count).map((_, i) => (i < half ? 1 + step * i : end - step * (count - 1 - i)));
}

/** The model time of a noise level that need not be one of the schedule's. */
export function modelTimeAt({ sigmas, timesteps }: Schedule, sigma: number): number {
  const numTrainTimesteps = Math.round(timesteps[0]! / sigmas[0]!);
  return Math.fround(Math.fround(numTrainTimesteps - Math.fround(sigma * numTrainTimesteps)) / numTrainTimesteps);
}
