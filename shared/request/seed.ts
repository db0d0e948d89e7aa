import { maxSeed } from "../limits.ts";

/** Asks for a seed drawn at random, as in other programs. */
export const randomSeed = -1;
/** The widest seeds that other programs write. */
const seedBits = 64;
const ownBits = 53;

/** Seed of image `index` of a job: `(seed + index) mod 2^53`. */
export function seedOfImage(seed: number, index: number): number {
  // Never above 2^53, where whole numbers are no longer exact.
  return index > maxSeed - seed ? seed - (maxSeed - index) - 1 : seed + index;
}

/**
 * `JSON.parse` that keeps wide seeds. Revivers recurse, so text without such a seed, however deep it nests, is read
 * without one.
 */
export function parseJsonWithSeeds(text: string): unknown {
  return JSON.parse(text, wideSeed.test(text) ? reviveSeed : undefined);
}

const wideSeed = /"seed"\s*:\s*\d{16}/;

/**
 * A seed as a command line or a form has it: wider ones than a number holds are their lower 53 bits. `undefined` for
 * anything else.
 */
export function seedOfText(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^-?\d{1,20}$/.test(trimmed)) return undefined;
  const exact = BigInt(trimmed);
  if (exact >= 2n ** BigInt(seedBits)) return undefined;
  return exact > BigInt(maxSeed) ? Number(BigInt.asUintN(ownBits, exact)) : Number(exact);
}

/**
 * Reviver for `JSON.parse`: a seed past 2^53, which a number cannot hold, becomes its lower 53 bits. Those of ComfyUI
 * have 64.
 * @param context - where the runtime gives the text of a value; without it the number's own digits count
 */
function reviveSeed(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (key !== "seed" || typeof value !== "number" || Number.isSafeInteger(value) || !Number.isInteger(value))
    return value;
  const text = context?.source ?? "";
  const exact = BigInt(/^\d+$/.test(text) ? text : value);
  return exact < 0n || exact >= 2n ** BigInt(seedBits) ? value : Number(BigInt.asUintN(ownBits, exact));
}
