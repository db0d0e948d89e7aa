import sharp from "sharp";
import type { productAnchors } from "../../../shared/request/product-fields.ts";
import type { GrayImage, RgbaImage, RgbImage } from "../../pipeline/image.ts";
import { noCutOut } from "./cut-out.ts";

export interface Placement {
  /** Share of the canvas that the product's longer side takes. */
  readonly fill: number;
  readonly anchor: (typeof productAnchors)[number];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where something is on a canvas, in pixels. */
interface Box extends Size {
  readonly left: number;
  readonly top: number;
}

/** A product where it stands on the canvas. */
export interface PlacedProduct {
  /** RGB with alpha, of the canvas's size. */
  readonly image: RgbaImage;
  readonly box: Box;
  /** Pixels of the canvas to a pixel of the photo. */
  readonly scale: number;
}

/** Alpha of the seam: the ring of one pixel around the product. */
const seamShare = 0.4;

/**
 * Scales the product, once, so that it takes its share of the canvas, and puts it there. A pixel's seam outside of it
 * carries its colour on, so that the product's own pixels need no softening.
 */
export async function placeProduct(cut: RgbaImage, canvas: Size, { fill, anchor }: Placement): Promise<PlacedProduct> {
  const { image, width: cutWidth, height: cutHeight } = trimmed(cut);
  const scale = Math.min((fill * canvas.width) / cutWidth, (fill * canvas.height) / cutHeight);
  const width = Math.max(1, Math.min(canvas.width, Math.round(cutWidth * scale)));
  const height = Math.max(1, Math.min(canvas.height, Math.round(cutHeight * scale)));
  const product = await resized(image, { width, height });
  const box = { ...cornerOf({ width, height }, canvas, { fill, anchor }), width, height };
  const placed = new Uint8Array(4 * canvas.width * canvas.height);
  for (let y = 0; y < height; y++) {
    const row = product.data.subarray(4 * y * width, 4 * (y + 1) * width);
    placed.set(row, 4 * ((box.top + y) * canvas.width + box.left));
  }
  return { image: withSeam({ data: placed, ...canvas }, box), box, scale };
}

/** The part of the photo that has anything of the product. */
function trimmed({ data, width, height }: RgbaImage): { readonly image: RgbaImage } & Size {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let at = 0; at < width * height; at++) {
    if (data[4 * at + 3] === 0) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  if (right < 0) throw noCutOut("nothing of it is left as product");
  const size = { width: right - left + 1, height: bottom - top + 1 };
  const cut = new Uint8Array(4 * size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    const from = 4 * ((top + y) * width + left);
    cut.set(data.subarray(from, from + 4 * size.width), 4 * y * size.width);
  }
  return { image: { data: cut, ...size }, ...size };
}

async function resized({ data, width, height }: RgbaImage, size: Size): Promise<RgbaImage> {
  if (size.width === width && size.height === height) return { data, width, height };
  const raw = await sharp(data, { raw: { width, height, channels: 4 } })
    .resize(size.width, size.height, { fit: "fill", kernel: "lanczos3" })
    .raw()
    .toBuffer();
  return { data: new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength), ...size };
}

function cornerOf(product: Size, canvas: Size, { fill, anchor }: Placement): { left: number; top: number } {
  const across = canvas.width - product.width;
  const down = canvas.height - product.height;
  const margin = ((1 - fill) / 2) * Math.min(canvas.width, canvas.height);
  const near = (room: number) => Math.round(Math.min(room, margin));
  const middle = { left: Math.round(across / 2), top: Math.round(down / 2) };
  switch (anchor) {
    case "center":
      return middle;
    case "left":
      return { ...middle, left: near(across) };
    case "right":
      return { ...middle, left: across - near(across) };
    case "top":
      return { ...middle, top: near(down) };
    case "bottom":
      return { ...middle, top: down - near(down) };
  }
}

/** Pixels without product next to solid ones take their mean colour, with a little alpha. */
function withSeam({ data, width, height }: RgbaImage, box: Box): RgbaImage {
  const seamed = data.slice();
  const [right, bottom] = [Math.min(width - 1, box.left + box.width), Math.min(height - 1, box.top + box.height)];
  for (let y = Math.max(0, box.top - 1); y <= bottom; y++) {
    for (let x = Math.max(0, box.left - 1); x <= right; x++) {
      const at = 4 * (y * width + x);
      if (data[at + 3] !== 0) continue;
      let [count, red, green, blue] = [0, 0, 0, 0];
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const near = 4 * (v * width + u);
          if (data[near + 3] !== 255) continue;
          count++;
          red += data[near]!;
          green += data[near + 1]!;
          blue += data[near + 2]!;
        }
      }
      if (count === 0) continue;
      seamed.set([red / count, green / count, blue / count, 255 * seamShare].map(Math.round), at);
    }
  }
  return { data: seamed, width, height };
}

/** The rest of the canvas, for inpainting. @returns `[H, W]`: 255 is drawn, 0 is product */
export function aroundProduct({ image: { data, width, height } }: PlacedProduct): GrayImage {
  const mask = new Uint8Array(width * height);
  for (let at = 0; at < mask.length; at++) mask[at] = data[4 * at + 3] === 0 ? 255 : 0;
  return { data: mask, width, height };
}

/**
 * The product over an image of the canvas's size: its own pixels where it is solid, exactly, and mixed by alpha at its
 * edge.
 */
export function composeProduct(behind: RgbImage, { image }: PlacedProduct): RgbImage {
  const { width, height } = behind;
  if (image.width !== width || image.height !== height) {
    throw new Error(`image ${width}×${height}, product on a canvas of ${image.width}×${image.height}`);
  }
  const data = behind.data.slice();
  for (let at = 0; at < width * height; at++) {
    const alpha = image.data[4 * at + 3]!;
    if (alpha === 0) continue;
    for (let c = 0; c < 3; c++) {
      const from = behind.data[3 * at + c]!;
      data[3 * at + c] = Math.round(from + (alpha / 255) * (image.data[4 * at + c]! - from));
    }
  }
  return { data, width, height };
}

export function whiteImage({ width, height }: Size): RgbImage {
  return { data: new Uint8Array(3 * width * height).fill(255), width, height };
}
