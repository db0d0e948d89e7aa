import { pathToFileURL } from "node:url";
import type { RgbImage } from "../../gpu-worker/pipeline/image.ts";
import { InvalidFileError } from "../../shared/errors.ts";

export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];

export interface ScoreObject {
  /** Unique in the set. */
  readonly id: string;
  readonly names: Readonly<Record<Language, string>>;
}

/** A background that prompts can ask for. */
export interface ScoreBackground {
  readonly id: string;
  /** 0..255 each */
  readonly rgb: readonly [red: number, green: number, blue: number];
}

/** What a small model of known objects is asked and measured against. */
export interface ScoreSet {
  /** What the model was trained on. */
  readonly objects: readonly ScoreObject[];
  /** More objects, never trained on, whose images a drawn one may be mistaken for. @default none */
  readonly distractors?: readonly ScoreObject[];
  readonly backgrounds: readonly ScoreBackground[];
  /** The training image on white; one size for all, sides in multiples of 16. */
  reference(object: ScoreObject): RgbImage | Promise<RgbImage>;
  /**
   * A caption in the words of the training. Without a background it asks for white, said or not.
   * @param random - numbers in [0, 1) that choose the wording
   */
  caption(object: ScoreObject, language: Language, random: () => number, background?: ScoreBackground): string;
  /** A caption on white in words that the training never used. */
  heldOutCaption(object: ScoreObject, language: Language, random: () => number): string;
}

/** The `scoreSet` that a module exports. @throws InvalidFileError when it cannot be loaded or exports no such thing */
export async function loadScoreSet(path: string): Promise<ScoreSet> {
  let module: { readonly scoreSet?: unknown };
  try {
    module = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw new InvalidFileError(`${path} cannot be loaded as a score set: ${(cause as Error).message}`, { cause });
  }
  if (!isScoreSet(module.scoreSet)) {
    throw new InvalidFileError(
      `${path}: expected an export scoreSet with objects, backgrounds, reference, caption and heldOutCaption`,
    );
  }
  return module.scoreSet;
}

function isScoreSet(value: unknown): value is ScoreSet {
  if (typeof value !== "object" || value === null) return false;
  const set = value as Partial<Record<keyof ScoreSet, unknown>>;
  const lists = [set.objects, set.backgrounds].every((list) => Array.isArray(list) && list.length > 0);
  return lists && [set.reference, set.caption, set.heldOutCaption].every((method) => typeof method === "function");
}
