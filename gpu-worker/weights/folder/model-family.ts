import { basename } from "node:path";

export const modelFamilies = ["turbo", "base"] as const;
/** `turbo` was distilled: few steps and no guidance. */
export type ModelFamily = (typeof modelFamilies)[number];

/** The family that a file is taken for, with the reason in words. */
export interface FamilyVerdict {
  readonly family: ModelFamily;
  readonly reason: string;
}

/**
 * ZIT and ZIB are what people call the two; a Turbo model that was trained to take guidance again is sampled as Base.
 */
const signs: readonly (readonly [RegExp, ModelFamily])[] = [
  [/de[-_ ]?(turbo|distill)/i, "base"],
  [/turbo|distill|(^|[^a-z])zit([^a-z]|$)/i, "turbo"],
  [/ZIT(?![a-z])/, "turbo"],
  [/(^|[^a-z])(zib|base)([^a-z]|$)/i, "base"],
  [/(ZIB|Base)(?![a-z])/, "base"],
  // The released file, which says its precision alone.
  [
    /^z[-_]?image([-_](bf16|fp16|fp32|fp8|int8|int4|nvfp4|mxfp8|q\d|iq\d|convrot|scaled|e4m3fn|e5m2|mixed|[ksml0-9]+))*\.?\w{0,60}$/i,
    "base",
  ],
];

function signOf(text: string): ModelFamily | undefined {
  return signs.find(([pattern]) => pattern.test(text))?.[1];
}

/**
 * The family of a transformer in a file of its own. Its weights do not say: both have the same names and shapes. What
 * its publisher wrote does, in the metadata or the name; without either it is taken for Turbo, which most fine-tunes
 * are.
 * @param metadata - texts of the file's header
 */
export function familyOfFile(path: string, metadata: Iterable<string> = []): FamilyVerdict {
  for (const text of metadata) {
    const found = text.length <= 200 ? signOf(text) : undefined;
    if (found) return { family: found, reason: `its metadata says ${JSON.stringify(text.slice(0, 60))}` };
  }
  const name = basename(path);
  const found = signOf(name);
  if (found) return { family: found, reason: "its name says so" };
  return {
    family: "turbo",
    reason: "assumed, as neither its name nor its metadata says; for a fine-tune of Z-Image itself: --family base",
  };
}
