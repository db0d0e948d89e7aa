import { InvalidInputError } from "../errors.ts";

/** How a mask says what is to be drawn anew: white parts of it, or its transparent parts. */
export type MaskMode = "white" | "transparent";

/**
 * What becomes of the edge between the kept and the drawn part, once the image is decoded: the original's pixels with a
 * seam of a few pixels, the same with a hard edge, or nothing: then the autoencoder has changed the kept pixels too.
 */
export const maskBlends = ["feather", "hard", "none"] as const;

/** Levels of 255 below this are black, and as far below white are white: a lossy format leaves some noise in both. */
export const faintestMark = 8;

/**
 * Share of its width by which a mask may differ in proportions from the image that it is of: both are rounded when they
 * are scaled.
 */
const proportionTolerance = 0.02;

interface Size {
  readonly width: number;
  readonly height: number;
}

/** @throws InvalidInputError `invalid_picture`: it would be cut otherwise than its image, and mark something else */
export function assertMaskFits(mask: Size, image: Size, param = "mask"): void {
  const ratio = (mask.width * image.height) / (mask.height * image.width);
  if (Math.abs(ratio - 1) <= proportionTolerance) return;
  throw new InvalidInputError(
    "invalid_picture",
    `${param} must have the proportions of image, which has ${image.width}×${image.height}; got ${mask.width}×${mask.height}`,
    { param },
  );
}

/** @returns the error for a mask that leaves nothing to draw */
export function marksNothing(mode: MaskMode, param: string): InvalidInputError {
  const marks = mode === "white" ? "white" : "transparent";
  const message = `${param} marks nothing to draw: no part of it is ${marks}; mark what is to be drawn anew, or leave ${param} out to draw over the whole image`;
  return new InvalidInputError("invalid_picture", message, { param });
}

/** @returns the error for a mask of transparency that has none */
export function hasNoAlpha(param: string): InvalidInputError {
  const message = `${param} must have transparent parts, which say what to draw anew; got an image without alpha`;
  return new InvalidInputError("invalid_picture", message, { param });
}
