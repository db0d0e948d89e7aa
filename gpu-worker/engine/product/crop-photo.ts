import sharp from "sharp";
import { makeWarning, type Warning } from "../../../shared/warnings/warning.ts";
import type { GenerateParams } from "../../engine.ts";
import type { RgbImage } from "../../pipeline/image.ts";
import { decodePhotoFile } from "../images/decode-image-file.ts";

/** Enlargement from which it is worth telling. */
const enlargement = 1.25;

/**
 * A part of a photo as an image of this size, by Lanczos; what does not fit the proportions is cut off evenly, and
 * transparency becomes white.
 * @throws InvalidInputError `invalid_image`
 */
export async function cropPhoto(
  { image, crop }: Pick<GenerateParams, "image" | "crop">,
  size: { readonly width: number; readonly height: number },
): Promise<{ readonly image: RgbImage; readonly warnings: readonly Warning[] }> {
  const { data, width, height } = await decodePhotoFile(image!, "image");
  const [left, top] = [Math.floor(crop!.x * width), Math.floor(crop!.y * height)].map((edge, i) =>
    Math.min(edge, [width, height][i]! - 1),
  ) as [number, number];
  const box = {
    left,
    top,
    width: Math.max(1, Math.min(width - left, Math.round(crop!.width * width))),
    height: Math.max(1, Math.min(height - top, Math.round(crop!.height * height))),
  };
  const raw = await sharp(data, { raw: { width, height, channels: 4 } })
    .extract(box)
    .resize(size.width, size.height, { fit: "cover", kernel: "lanczos3" })
    .flatten({ background: "#fff" })
    .raw()
    .toBuffer();
  const scale = Math.max(size.width / box.width, size.height / box.height);
  const warnings =
    scale < enlargement
      ? []
      : [makeWarning("photo_enlarged", { size: `${box.width}×${box.height}`, times: scale.toFixed(1) }, "crop")];
  return { image: { data: new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength), ...size }, warnings };
}
