import type { RgbaImage } from "../../pipeline/image.ts";

export type Rgb = readonly [red: number, green: number, blue: number];

/** Levels by which a pixel may differ from the background's colour in any channel and still belong to it. */
export const tolerance = 12;
/** Frame of the photo that is looked at for the background's colour. */
const borderPixels = 2;
/** A JPEG leaves some pixels of a plain border outside of the tolerance. */
const plainShare = 0.99;
/**
 * A shadow is the background's own colour, darker: at least this much of it is left, the channels keep their
 * proportions within some levels, and it grows darker gradually, where a product begins with an edge.
 */
const [darkest, shadowTint, shadowStep] = [0.35, 8, 6];

/** The colour of the photo's border and how much of the border has it. */
export function borderColour({ data, width, height }: RgbaImage): { readonly colour: Rgb; readonly share: number } {
  const histograms = [0, 1, 2].map(() => new Uint32Array(256));
  const pixels: number[] = [];
  for (let y = 0; y < height; y++) {
    const isEdge = y < borderPixels || y >= height - borderPixels;
    for (let x = 0; x < width; x++) {
      // From the left strip of a row in the middle to its right strip.
      if (!isEdge && x === borderPixels) x = Math.max(x, width - borderPixels);
      pixels.push(y * width + x);
    }
  }
  for (const at of pixels) for (let c = 0; c < 3; c++) histograms[c]![data[4 * at + c]!]!++;
  const [red, green, blue] = histograms.map((histogram) => median(histogram, pixels.length)) as [
    number,
    number,
    number,
  ];
  const colour: Rgb = [red, green, blue];
  const plain = pixels.filter((at) => isPlain(data, at, colour)).length;
  return { colour, share: plain / pixels.length };
}

export function isPlainBorder(share: number): boolean {
  return share >= plainShare;
}

/**
 * The background: what can be reached from the border over pixels of its colour, and of its shadows.
 * @returns `[H, W]`, 1 for background
 */
export function floodBackground({ data, width, height }: RgbaImage, colour: Rgb): Uint8Array {
  const reached = new Uint8Array(width * height);
  const waiting = new Int32Array(width * height);
  let count = 0;
  const luminance = luminanceOf(...colour);
  const enter = (at: number) => {
    reached[at] = 1;
    waiting[count++] = at;
  };
  const visit = (at: number, from: number) => {
    if (reached[at] === 1) return;
    if (isPlain(data, at, colour) || isShadow(data, at, from, colour, luminance)) enter(at);
  };
  const begin = (at: number) => {
    if (reached[at] === 0 && isPlain(data, at, colour)) enter(at);
  };
  for (let x = 0; x < width; x++) for (const y of [0, height - 1]) begin(y * width + x);
  for (let y = 0; y < height; y++) for (const x of [0, width - 1]) begin(y * width + x);
  while (count > 0) {
    const at = waiting[--count]!;
    const x = at % width;
    if (x > 0) visit(at - 1, at);
    if (x < width - 1) visit(at + 1, at);
    if (at >= width) visit(at - width, at);
    if (at + width < reached.length) visit(at + width, at);
  }
  return reached;
}

function isPlain(data: Uint8Array, at: number, [red, green, blue]: Rgb): boolean {
  const i = 4 * at;
  return (
    Math.abs(data[i]! - red) <= tolerance &&
    Math.abs(data[i + 1]! - green) <= tolerance &&
    Math.abs(data[i + 2]! - blue) <= tolerance
  );
}

/** @param from - the neighbour, which is background */
function isShadow(data: Uint8Array, at: number, from: number, [red, green, blue]: Rgb, luminance: number): boolean {
  const [i, j] = [4 * at, 4 * from];
  const left = luminanceOf(data[i]!, data[i + 1]!, data[i + 2]!) / luminance;
  if (!(left >= darkest && left < 1)) return false;
  return (
    Math.abs(data[i]! - left * red) <= shadowTint &&
    Math.abs(data[i + 1]! - left * green) <= shadowTint &&
    Math.abs(data[i + 2]! - left * blue) <= shadowTint &&
    Math.abs(data[i]! - data[j]!) <= shadowStep &&
    Math.abs(data[i + 1]! - data[j + 1]!) <= shadowStep &&
    Math.abs(data[i + 2]! - data[j + 2]!) <= shadowStep
  );
}

/** Of BT.601. */
function luminanceOf(red: number, green: number, blue: number): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

function median(histogram: Uint32Array, count: number): number {
  let below = 0;
  for (let level = 0; level < 256; level++) {
    below += histogram[level]!;
    if (2 * below >= count) return level;
  }
  return 255;
}
