import { once } from "node:events";
import { createInflate, type Inflate } from "node:zlib";
import { faintestMark, type MaskMode } from "./mask-rules.ts";

/**
 * Content of a mask: it marks a part to redraw, it marks nothing, or, where transparency marks, it has no alpha.
 */
export type MaskContent = "marks" | "marks nothing" | "has no alpha";

interface PngLayout {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  readonly channels: number;
  readonly isPalette: boolean;
  readonly hasAlphaChannel: boolean;
  readonly interlaced: boolean;
  readonly palette: Uint8Array;
  /** Alpha of the palette's entries, or the one transparent colour in 16-bit samples. */
  readonly transparency: Uint8Array | undefined;
  readonly imageData: readonly Uint8Array[];
}

const channelsOfColorType: { readonly [type: number]: number } = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/**
 * Looks through a PNG mask for a pixel that marks, row by row as the file inflates, and stops at the first. Memory is
 * two rows; the event loop has its turn between pieces. A Lambda function has no image library, and nearly every mask
 * is a PNG.
 * @throws Error for a damaged file
 * @see PNG specification, sections 7 to 11
 */
export async function pngMaskContent(bytes: Uint8Array, mode: MaskMode): Promise<MaskContent> {
  const layout = readLayout(bytes);
  if (mode === "transparent" && !layout.hasAlphaChannel && layout.transparency === undefined) return "has no alpha";
  const isMark = markOf(layout, mode);
  const inflate = createInflate({ chunkSize: 65_536 });
  const rows = new RowReader(layout, isMark);
  const feeding = feed(inflate, layout.imageData);
  try {
    for await (const piece of inflate) {
      if (rows.read(piece as Uint8Array)) return "marks";
      if (rows.done) return "marks nothing";
    }
  } finally {
    inflate.destroy();
    await feeding;
  }
  throw new Error("the image data ends too early");
}

async function feed(inflate: Inflate, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    if (inflate.destroyed) return;
    // The reader gets the error; here it only ends the feeding.
    if (!inflate.write(piece)) await once(inflate, "drain").catch(() => {});
  }
  if (!inflate.destroyed) inflate.end();
}

function readLayout(bytes: Uint8Array): PngLayout {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const imageData: Uint8Array[] = [];
  let palette = new Uint8Array(0);
  let transparency: Uint8Array | undefined;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === "PLTE") palette = data as Uint8Array<ArrayBuffer>;
    else if (type === "tRNS") transparency = data;
    else if (type === "IDAT") imageData.push(data);
    else if (type === "IEND") break;
    at += 12 + length;
  }
  const [depth, colorType, interlace] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  const channels = channelsOfColorType[colorType];
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth)) {
    throw new Error(`colour type ${colorType} with ${depth} bits is none of a PNG's`);
  }
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    depth,
    channels,
    isPalette: colorType === 3,
    hasAlphaChannel: colorType === 4 || colorType === 6,
    interlaced: interlace === 1,
    palette,
    transparency,
    imageData,
  };
}

type IsMark = (samples: readonly number[]) => boolean;

/** @returns a judge of one pixel's samples, each as stored */
function markOf(layout: PngLayout, mode: MaskMode): IsMark {
  const { depth, isPalette, hasAlphaChannel, palette, transparency } = layout;
  const scale = 255 / (2 ** depth - 1);
  // A coloured pixel counts by the channel that makes it a mark: the worker, which sees how bright it is, has the last
  // word.
  const extreme = mode === "black" ? Math.min : Math.max;
  const marks = (level: number, alpha: number) => {
    if (mode === "transparent") return 255 - alpha >= faintestMark;
    const shown = (level * alpha) / 255;
    return (mode === "white" ? shown : 255 - shown) >= faintestMark;
  };
  if (isPalette) {
    return ([index = 0]) => {
      const level = extreme(...[0, 1, 2].map((channel) => palette[3 * index + channel] ?? 0));
      return marks(level, transparency?.[index] ?? 255);
    };
  }
  if (hasAlphaChannel) {
    return (samples) => marks(scale * extreme(...samples.slice(0, -1)), scale * samples.at(-1)!);
  }
  const clear =
    transparency &&
    Array.from(
      { length: layout.channels },
      (_, i) => 256 * (transparency[2 * i] ?? 0) + (transparency[2 * i + 1] ?? 0),
    );
  return (samples) => {
    const isClear = clear?.every((value, i) => value === samples[i]) ?? false;
    return marks(scale * extreme(...samples), isClear ? 0 : 255);
  };
}

/** First column, first row, and the steps between those of each pass of an interlaced image. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Puts inflated bytes together to rows, undoes their filters and shows each pixel to the judge. */
class RowReader {
  readonly #layout: PngLayout;
  readonly #isMark: IsMark;
  /** Sizes in pixels of what is still to come; an image without interlacing is one pass. */
  readonly #passes: { readonly width: number; height: number }[];
  #row: Uint8Array;
  #above: Uint8Array;
  #filled = 0;
  #aboveIsSeen = false;

  constructor(layout: PngLayout, isMark: IsMark) {
    this.#layout = layout;
    this.#isMark = isMark;
    const { width, height, interlaced } = layout;
    const passes = interlaced
      ? adam7.map(([x, y, dx, dy]) => ({ width: Math.ceil((width - x) / dx), height: Math.ceil((height - y) / dy) }))
      : [{ width, height }];
    this.#passes = passes.filter((pass) => pass.width > 0 && pass.height > 0);
    [this.#row, this.#above] = this.#emptyRows();
  }

  get done(): boolean {
    return this.#passes.length === 0;
  }

  /** @returns whether a pixel among these bytes marks */
  read(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length && !this.done; ) {
      const taken = Math.min(bytes.length - at, this.#row.length - this.#filled);
      this.#row.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === this.#row.length && this.#finishRow()) return true;
    }
    return false;
  }

  #finishRow(): boolean {
    const [pass] = this.#passes;
    undoFilter(this.#row, this.#above, Math.max(1, (this.#layout.channels * this.#layout.depth) / 8));
    // Most rows of most masks are the row above once more.
    const isRepeated = this.#aboveIsSeen && Buffer.compare(this.#row.subarray(1), this.#above.subarray(1)) === 0;
    const found = !isRepeated && this.#hasMark(pass!.width);
    this.#aboveIsSeen = true;
    [this.#above, this.#row] = [this.#row, this.#above];
    this.#filled = 0;
    pass!.height--;
    if (pass!.height === 0) {
      this.#passes.shift();
      if (!this.done) [this.#row, this.#above] = this.#emptyRows();
    }
    return found;
  }

  #hasMark(width: number): boolean {
    const { channels, depth } = this.#layout;
    const samples = new Array<number>(channels);
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        samples[channel] = sampleAt(this.#row, x * channels + channel, depth);
      }
      if (this.#isMark(samples)) return true;
    }
    return false;
  }

  /** Two rows of zeros, each with room for the filter byte first. */
  #emptyRows(): [Uint8Array, Uint8Array] {
    const { channels, depth } = this.#layout;
    const length = 1 + Math.ceil((this.#passes[0]!.width * channels * depth) / 8);
    this.#aboveIsSeen = false;
    return [new Uint8Array(length), new Uint8Array(length)];
  }
}

function sampleAt(row: Uint8Array, index: number, depth: number): number {
  if (depth === 8) return row[1 + index]!;
  if (depth === 16) return 256 * row[1 + 2 * index]! + row[2 + 2 * index]!;
  const bit = index * depth;
  return (row[1 + (bit >> 3)]! >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}

/** @param pixelBytes - distance to the same sample of the pixel on the left */
function undoFilter(row: Uint8Array, above: Uint8Array, pixelBytes: number): void {
  const filter = row[0]!;
  if (filter > 4) throw new Error(`a row names the filter ${filter}, of 0 to 4`);
  if (filter === 0) return;
  for (let i = 1; i < row.length; i++) {
    const left = i > pixelBytes ? row[i - pixelBytes]! : 0;
    const up = above[i]!;
    const upLeft = i > pixelBytes ? above[i - pixelBytes]! : 0;
    const guess = [0, left, up, (left + up) >> 1, 0][filter]!;
    row[i]! += filter === 4 ? nearestOf(left, up, upLeft) : guess;
  }
}

/** Paeth's predictor. */
function nearestOf(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const [toLeft, toUp, toUpLeft] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - upLeft)];
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}
