import type { GrayImage, RgbImage } from "../../pipeline/image.ts";
import { vaeScaleFactor } from "../../pipeline/latents.ts";
import { type Tensor, tensor } from "../../tensor.ts";
import type { Comparison } from "./comparison.ts";
import { type GoldenCase, storedTensor, storedValues } from "./golden-case.ts";

/** A stored `[H, W, 3]` image that the case starts from. */
export function storedImage(golden: GoldenCase, name: string, comparison: Comparison): RgbImage {
  return storedBytes(golden, name, comparison);
}

/**
 * A stored `[H, W]` mask that the case starts from, without levels in between: the reference makes it so before
 * anything else.
 */
export function storedMask(golden: GoldenCase, name: string, comparison: Comparison): GrayImage {
  const { data, ...size } = storedBytes(golden, name, comparison);
  return { data: data.map((level) => (level >= 128 ? 255 : 0)), ...size };
}

function storedBytes(golden: GoldenCase, name: string, comparison: Comparison) {
  comparison.inputs(name);
  const stored = storedTensor(golden, name);
  const [height = 0, width = 0] = stored.shape;
  return { data: Uint8Array.from(storedValues(stored)), width, height };
}

/** The mask as the reference's latents see it, by the pixel at the top left of each cell alone. @returns `[h, w]` */
export function referenceCells({ data, width, height }: GrayImage): Tensor {
  const [rows, columns] = [height / vaeScaleFactor, width / vaeScaleFactor];
  const cells = Float32Array.from({ length: rows * columns }, (_, i) => {
    const row = Math.floor(i / columns) * vaeScaleFactor;
    return data[row * width + (i % columns) * vaeScaleFactor]! / 255;
  });
  return tensor(cells, [rows, columns]);
}

/** A stored tensor that the case starts from. */
export function storedFloats(golden: GoldenCase, name: string, comparison: Comparison): Float32Array {
  comparison.inputs(name);
  return Float32Array.from(storedValues(storedTensor(golden, name)));
}
