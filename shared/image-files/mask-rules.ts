import { InvalidInputError } from "../errors.ts";

/** Which parts of a mask mark what to redraw. */
export const maskModes = ["white", "black", "transparent"] as const;
export type MaskMode = (typeof maskModes)[number];

/**
 * The edge between the kept and the redrawn part of the decoded image: the original's pixels with a
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

/** @throws InvalidInputError `invalid_image`: it would be cut otherwise than its image, and mark something else */
export function assertMaskFits(mask: Size, image: Size, param = "mask"): void {
  const ratio = (mask.width * image.height) / (mask.height * image.width);
  if (Math.abs(ratio - 1) <= proportionTolerance) return;
  throw new InvalidInputError(
    "invalid_image",
    `${param} must have the proportions of the image that it is for, ${image.width}×${image.height}; got ` +
      `${mask.width}×${mask.height}`,
    { param },
  );
}

/** @returns the error for a mask that leaves nothing to draw */
export function marksNothing(mode: MaskMode, param: string): InvalidInputError {
  const message =
    `${param} marks nothing to draw: no part of it is ${mode}; mark what to redraw, or leave the mask out to ` +
    "draw over the whole image";
  return new InvalidInputError("invalid_image", message, { param });
}

/** @returns the error for a mask of transparency that has none */
export function hasNoAlpha(param: string): InvalidInputError {
  const message = `${param} must have transparent parts, which mark what to redraw; got an image without alpha`;
  return new InvalidInputError("invalid_image", message, { param });
}
