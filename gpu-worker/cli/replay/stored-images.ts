import type { GrayImage, RgbImage } from "../../pipeline/image.ts";
import type { Comparison } from "./comparison.ts";
import { type GoldenCase, storedTensor, storedValues } from "./golden-case.ts";

/** A stored `[H, W, 3]` picture that the case starts from. */
export function storedPicture(golden: GoldenCase, name: string, comparison: Comparison): RgbImage {
  return storedBytes(golden, name, comparison);
}

/** A stored `[H, W]` mask that the case starts from. */
export function storedMask(golden: GoldenCase, name: string, comparison: Comparison): GrayImage {
  return storedBytes(golden, name, comparison);
}

function storedBytes(golden: GoldenCase, name: string, comparison: Comparison) {
  comparison.inputs(name);
  const stored = storedTensor(golden, name);
  const [height = 0, width = 0] = stored.shape;
  return { data: Uint8Array.from(storedValues(stored)), width, height };
}

/** A stored tensor that the case starts from. */
export function storedFloats(golden: GoldenCase, name: string, comparison: Comparison): Float32Array {
  comparison.inputs(name);
  return Float32Array.from(storedValues(storedTensor(golden, name)));
}
