import sharp from "sharp";
import type { RgbaImage, RgbImage } from "../../pipeline/image.ts";

export const markCorners = ["bottom-right", "bottom-left", "top-right", "top-left"] as const;
export type MarkCorner = (typeof markCorners)[number];

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Strokes of "AI生成" on a line 100 high, drawn here so that a machine without fonts writes it too. They reach from 6
 * to 94.
 */
const strokes = [
  "M5 94 L32 6 L59 94 M15 64 L49 64",
  "M80 6 L80 94",
  "M132 6 Q126 30 110 46 M122 30 L188 30 M118 60 L184 60 M154 6 L154 94 M106 94 L198 94",
  "M222 24 L298 24 M224 24 L224 52 Q223 76 212 94 M224 48 L250 48 L250 72 Q249 80 240 78",
  "M262 6 Q264 58 288 86 Q298 94 300 74 M286 42 Q276 70 250 92 M276 8 L288 18",
].join(" ");
const lineWidth = 306;
/** Of the line, what a glyph fills. */
const glyphShare = 0.88;
const lineHeightOfSide = 0.05 / glyphShare;
/** Below this nobody can read it. */
const leastHeight = 12;

/**
 * Writes "AI生成" into a corner of the image, white with a dark edge. Its characters are 5 % of the shorter side high.
 * @see GB 45438-2025, explicit labels of images: text with both elements, at an edge or corner, legible, no lower than
 * 5 % of the shortest side
 */
export async function writeVisibleMark(
  { data, width, height }: RgbImage,
  corner: MarkCorner,
): Promise<{ readonly image: RgbImage; readonly box: Box }> {
  const line = Math.max(leastHeight, Math.ceil(lineHeightOfSide * Math.min(width, height)));
  const margin = Math.ceil(line / 4);
  const size = { width: Math.ceil((line * lineWidth) / 100) + 2 * margin, height: line + 2 * margin };
  const box = {
    width: Math.min(size.width, width),
    height: Math.min(size.height, height),
    left: corner.endsWith("left") ? 0 : Math.max(0, width - size.width),
    top: corner.startsWith("top") ? 0 : Math.max(0, height - size.height),
  };
  const scale = line / 100;
  const path = (colour: string, thickness: number) =>
    `<path d="${strokes}" fill="none" stroke="${colour}" stroke-width="${thickness}" stroke-linecap="round" stroke-linejoin="round"/>`;
  // Where the image is narrower than the text, the text is squeezed and whole.
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${box.width}" height="${box.height}" preserveAspectRatio="none"` +
    ` viewBox="0 0 ${size.width} ${size.height}"><g transform="translate(${margin} ${margin}) scale(${scale})">` +
    `${path("#000000b0", 20)}${path("#ffffff", 9)}</g></svg>`;
  const raw = await sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input: Buffer.from(svg), left: box.left, top: box.top }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { image: { data: new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength), width, height }, box };
}

/** The product without what the mark covers of it: its pixels are not to be found there. */
export function withoutBox(product: RgbaImage, { left, top, width, height }: Box): RgbaImage {
  const data = Uint8Array.from(product.data);
  for (let y = top; y < top + height; y++) {
    for (let x = left; x < left + width; x++) data[4 * (y * product.width + x) + 3] = 0;
  }
  return { ...product, data };
}
