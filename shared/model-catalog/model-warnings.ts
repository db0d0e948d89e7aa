import { makeWarning, type Warning } from "../warnings/warning.ts";
import type { Vocabulary } from "./model-facts.ts";

interface DrawingSettings {
  readonly guidance: number;
  readonly steps: number;
}

/** Settings that a model was made for. */
interface MadeFor {
  readonly defaultSteps: number;
  /** 0 for a model that was distilled to need none. */
  readonly defaultGuidance: number;
}

/**
 * Warnings for settings that work but are seldom meant: a distilled model knows the levels of its own few steps, and
 * half to twice as many are still of its quality.
 */
export function modelWarnings(
  { guidance, steps }: DrawingSettings,
  { defaultSteps, defaultGuidance }: MadeFor,
): Warning[] {
  if (defaultGuidance > 0) return [];
  const warnings: Warning[] = [];
  if (guidance > 0) warnings.push(makeWarning("guidance_not_needed", { guidance }, "guidance"));
  if (steps < defaultSteps / 2 || steps > 2 * defaultSteps) {
    warnings.push(makeWarning("unusual_steps", { made_for: defaultSteps, steps }, "steps"));
  }
  return warnings;
}

/** Pixels beyond those of its default size, up to which a model still draws one whole image. */
const knownPixels = 4;

interface Size {
  readonly width: number;
  readonly height: number;
}

interface MadeForSizes {
  readonly defaultWidth: number;
  readonly defaultHeight: number;
  readonly nativeSizes: readonly Size[];
  readonly vocabulary?: Vocabulary;
}

/**
 * A model that has seen small images alone fills a large one with stripes, and the job succeeds all the same. One that
 * knows a list of things has seen its own sizes alone.
 */
export function sizeWarnings({ width, height }: Size, model: MadeForSizes): Warning[] {
  const { defaultWidth, defaultHeight, nativeSizes, vocabulary } = model;
  const size = `${width}x${height}`;
  const param = "size";
  if (width * height > knownPixels * defaultWidth * defaultHeight) {
    return [makeWarning("size_too_large", { made_for: `${defaultWidth}x${defaultHeight}`, size }, param)];
  }
  const isNative = nativeSizes.some((native) => native.width === width && native.height === height);
  if (vocabulary === undefined || isNative) return [];
  const native = nativeSizes.map((one) => `${one.width}x${one.height}`).join(", ");
  return [makeWarning("size_not_trained", { made_for: native, size }, param)];
}
