import { seededRandom } from "../support/seeded-random.ts";

/** Choices that a seed decides. */
export interface Choices {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
  chance(probability: number): boolean;
}

export function seededChoices(seed: number): Choices {
  const next = seededRandom(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, pick: (from) => from[below(from.length)]!, chance: (probability) => next() < probability };
}
