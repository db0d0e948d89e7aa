import { gaussianNoise } from "../../pipeline/noise.ts";

/**
 * Small smooth changes to try on one latent image: normal draws on a coarse grid per channel, interpolated bilinearly.
 * A reward's response to white noise drowns: its signal falls with the square root of the number of values that are
 * drawn, so few are.
 * @param shape - `[C, h, w]`
 * @param grid - cells along each side, or fewer where the image has fewer
 * @returns `count` lists of `C·h·w` values, of about unit size
 */
export function trialNoises(
  seed: number,
  count: number,
  [channels, height, width]: readonly [number, number, number],
  grid: number,
): Float32Array[] {
  const [rows, columns] = [Math.min(grid, height), Math.min(grid, width)];
  const cells = channels * rows * columns;
  const drawn = gaussianNoise(seed, count * cells);
  const down = interpolation(height, rows);
  const across = interpolation(width, columns);
  return Array.from({ length: count }, (_, trial) => {
    const values = new Float32Array(channels * height * width);
    for (let i = 0; i < values.length; i++) {
      const y = down[Math.floor(i / width) % height]!;
      const x = across[i % width]!;
      const plane = trial * cells + Math.floor(i / (height * width)) * rows * columns;
      const at = (row: number, column: number) => drawn[plane + row * columns + column]!;
      const upper = at(y.from, x.from) * (1 - x.part) + at(y.from, x.to) * x.part;
      const lower = at(y.to, x.from) * (1 - x.part) + at(y.to, x.to) * x.part;
      values[i] = upper * (1 - y.part) + lower * y.part;
    }
    return values;
  });
}

/** Between which two cells each of `size` places lies; centres of cells count, and the ends hold their cell's value. */
function interpolation(size: number, cells: number) {
  return Array.from({ length: size }, (_, place) => {
    const at = Math.min(cells - 1, Math.max(0, ((place + 0.5) * cells) / size - 0.5));
    const from = Math.floor(at);
    return { from, to: Math.min(cells - 1, from + 1), part: at - from };
  });
}

/** Keeps the advantages of trials that all score alike from being nothing but noise. */
const leastDeviation = 0.02;

/**
 * Which way a reward rises, from scores alone: trials that scored above the mean pull, those below push. `weight · √K ·
 * mean_j (A_j · e_j)`, where `A_j` is the score's distance from the mean in standard deviations.
 * @param scores - of the image with each trial added
 */
export function rewardDirection(
  scores: readonly number[],
  trials: readonly Float32Array[],
  weight: number,
): Float32Array {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  const scale = weight / (Math.sqrt(scores.length) * (Math.sqrt(variance) + leastDeviation)); // √K / K
  const direction = new Float32Array(trials[0]!.length);
  trials.forEach((trial, j) => {
    const advantage = scale * (scores[j]! - mean);
    for (let i = 0; i < direction.length; i++) direction[i]! += advantage * trial[i]!;
  });
  return direction;
}
