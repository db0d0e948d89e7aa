import sharp from "sharp";
import type { RgbImage } from "../../pipeline/image.ts";

/** Twice as wide and high, by Lanczos interpolation. */
export async function upscaleLanczos({ data, width, height }: RgbImage): Promise<RgbImage> {
  const size = { width: 2 * width, height: 2 * height };
  const raw = await sharp(data, { raw: { width, height, channels: 3 } })
    .resize(size.width, size.height, { fit: "fill", kernel: "lanczos3" })
    .raw()
    .toBuffer();
  return { data: new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength), ...size };
}
