import sharp from "sharp";
import { type BackgroundName, backgroundColours } from "./background-colours.ts";

/** Side of a training image, and of the object on it: 6 pixels of ground are left all round. */
export const imageSide = 128;
const objectSide = 116;

/** An object cut out: `[128, 128, 4]` RGBA, 8 bits, colours not multiplied with alpha. */
export type Sprite = Uint8Array;

/**
 * An image file as a sprite, centred. Scaled with Lanczos-3 on colours multiplied with alpha (sharp does so for
 * images with alpha), or the colour of fully transparent pixels would bleed into the edge.
 */
export async function makeSprite(file: Uint8Array): Promise<Sprite> {
  const margin = (imageSide - objectSide) / 2;
  const transparent = { r: 0, g: 0, b: 0, alpha: 0 };
  return sharp(file, { limitInputPixels: 4096 * 4096 })
    .toColourspace("srgb")
    .ensureAlpha()
    .resize(objectSide, objectSide, { kernel: "lanczos3", fit: "contain", background: transparent })
    .extend({ top: margin, bottom: margin, left: margin, right: margin, background: transparent })
    .raw()
    .toBuffer();
}

/** A sprite laid on a background colour. @returns `[128, 128, 3]` RGB, 8 bits */
export function renderSprite(sprite: Sprite, background: BackgroundName): Uint8Array {
  const pixels = imageSide * imageSide;
  if (sprite.length !== pixels * 4) throw new Error(`a sprite has ${pixels * 4} bytes, got ${sprite.length}`);
  const { rgb } = backgroundColours[background];
  const image = new Uint8Array(pixels * 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const alpha = sprite[pixel * 4 + 3]! / 255;
    for (let channel = 0; channel < 3; channel++) {
      const colour = sprite[pixel * 4 + channel]! * alpha + rgb[channel]! * (1 - alpha);
      image[pixel * 3 + channel] = Math.round(colour);
    }
  }
  return image;
}
