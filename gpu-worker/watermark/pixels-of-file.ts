import sharp from "sharp";
import { maxInputPixels } from "../../shared/limits.ts";
import type { RgbImage } from "../pipeline/image.ts";

/** The pixels of an image file, as EXIF turns it and over white. @throws Error of the decoder */
export async function pixelsOfFile(file: Uint8Array): Promise<RgbImage> {
  const { data, info } = await sharp(file, { limitInputPixels: maxInputPixels })
    .autoOrient()
    .flatten({ background: "white" })
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    width: info.width,
    height: info.height,
  };
}
