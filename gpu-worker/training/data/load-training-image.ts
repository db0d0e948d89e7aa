import sharp from "sharp";
import type { RgbImage } from "../../pipeline/image.ts";
import type { ImageSize } from "./bucket-sizes.ts";

/**
 * An image brought to the size of its bucket: turned as EXIF asks, transparency laid on white, scaled to cover the
 * bucket, cropped to its middle.
 * @param maxPixels - an image with more pixels is refused
 * @returns 8-bit RGB, rows top to bottom
 */
export async function loadTrainingImage(path: string, size: ImageSize, maxPixels = 64 * 2 ** 20): Promise<RgbImage> {
  const data = await sharp(path, { limitInputPixels: maxPixels })
    .autoOrient()
    .resize(size.width, size.height, { fit: "cover", kernel: "lanczos3" })
    .flatten({ background: "white" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw()
    .toBuffer();
  const expected = size.width * size.height * 3;
  if (data.length !== expected) throw new Error(`${path}: expected ${expected} bytes of RGB, got ${data.length}`);
  return { width: size.width, height: size.height, data };
}
