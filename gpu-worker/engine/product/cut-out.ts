import { InvalidInputError } from "../../../shared/errors.ts";
import { makeWarning, type Warning } from "../../../shared/warnings/warning.ts";
import type { GrayImage, RgbaImage } from "../../pipeline/image.ts";
import { edgesIn, leastContrast, outlineOf } from "./outline.ts";
import { borderColour, floodBackground, isPlainBorder, type Rgb, tolerance } from "./plain-background.ts";
import { keepLargeParts } from "./product-parts.ts";
import { softEdge } from "./soft-edge.ts";

/** A product without its background. */
export interface CutOut {
  /** RGB with alpha, of the photo's size: 255 is product, exactly as in the photo. */
  readonly image: RgbaImage;
  /** What the product was told from its background by. */
  readonly by: "alpha" | "mask" | "background";
  /** What the caller should look at. */
  readonly warnings: readonly Warning[];
}

/** Alpha below this is left over from a soft eraser. */
const faintest = 8;
/** Share of the photo that is transparent where transparency means anything. */
const leastTransparent = 0.001;
/** Shares of the photo that a product may take. */
const [smallest, largest] = [0.001, 0.95];
/** Share of the product's outline that may be weak, and length of edges in the background as a share of it. */
const [weakShare, edgeShare] = [0.15, 0.15];
/** Share of the product's area from which an enclosed piece of background is worth telling. */
const worthTelling = 0.005;

/**
 * Cuts the product out of its photo: by the mask, by the photo's transparency, or by a plain background, which is
 * flooded from the border, shadows included. Where none of these is certain there is no cut-out.
 * @param mask - of the photo's size, where the caller gave one: 255 is background
 * @throws InvalidInputError `no_cutout`
 */
export function cutOut(photo: RgbaImage, mask?: GrayImage): CutOut {
  if (mask !== undefined) return { image: withAlpha(photo, invert(mask)), by: "mask", warnings: [] };
  const alpha = new Uint8Array(photo.width * photo.height);
  let transparent = 0;
  for (let i = 0; i < alpha.length; i++) {
    const level = photo.data[4 * i + 3]!;
    alpha[i] = level < faintest ? 0 : level;
    if (level < 128) transparent++;
  }
  if (transparent >= leastTransparent * alpha.length) {
    return { image: withAlpha(photo, alpha), by: "alpha", warnings: [] };
  }
  return cutFromBackground(photo);
}

function cutFromBackground(photo: RgbaImage): CutOut {
  const { width, height } = photo;
  const { colour, share } = borderColour(photo);
  if (!isPlainBorder(share)) {
    throw noCutOut(
      `only ${percent(share)} of its border is of one colour, within ${tolerance} levels, so that the background ` +
        "cannot be told from the product",
    );
  }
  const background = floodBackground(photo, colour);
  const product = background.map((reached) => 1 - reached);
  const area = keepLargeParts(product, { width, height });
  assertArea(area, width * height);
  const outline = outlineOf(photo, product);
  const weak = outline.length === 0 ? 1 : outline.weak / outline.length;
  if (weak > weakShare) {
    throw noCutOut(
      `${percent(weak)} of the product's outline differ from the background by less than ${leastContrast} levels, so ` +
        "that its edge is not certain",
    );
  }
  if (edgesIn(photo, background) > edgeShare * outline.length) {
    throw noCutOut("its background has edges in it, as where a part of the product is as pale as the background");
  }
  const enclosed = enclosedBackground(photo, product, colour);
  const warnings =
    enclosed < worthTelling * area
      ? []
      : [makeWarning("background_enclosed", { share: percent(enclosed / area) }, "image")];
  return { image: softEdge(photo, product, colour), by: "background", warnings };
}

function withAlpha({ data, width, height }: RgbaImage, alpha: Uint8Array): RgbaImage {
  const cut = data.slice();
  let area = 0;
  for (let i = 0; i < alpha.length; i++) {
    cut[4 * i + 3] = alpha[i]!;
    if (alpha[i]! >= 128) area++;
  }
  assertArea(area, alpha.length);
  return { data: cut, width, height };
}

function invert({ data }: GrayImage): Uint8Array {
  return data.map((level) => 255 - level);
}

function assertArea(area: number, pixels: number): void {
  if (area < smallest * pixels)
    throw noCutOut(`what is left of it as product is ${percent(area / pixels)} of the photo`);
  if (area > largest * pixels) throw noCutOut(`the product would be ${percent(area / pixels)} of the photo`);
}

/** Pixels of the product that have the background's colour: a flood from the border does not reach them. */
function enclosedBackground({ data }: RgbaImage, product: Uint8Array, colour: Rgb): number {
  let count = 0;
  for (let at = 0; at < product.length; at++) {
    if (product[at] !== 1) continue;
    if (colour.every((level, c) => Math.abs(data[4 * at + c]! - level) <= tolerance)) count++;
  }
  return count;
}

export function noCutOut(why: string): InvalidInputError {
  const message =
    `image: the product cannot be cut out of its photo: ${why}; give a PNG with a transparent background, a photo on ` +
    "a plain background, or a mask";
  return new InvalidInputError("no_cutout", message, { param: "image" });
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
