import sharp from "sharp";
import { maxInputPixels } from "../../shared/limits.ts";
import { oneAtATime } from "../../shared/process/one-at-a-time.ts";
import { hashedSide, type PerceptualHash, perceptualHash } from "../../shared/provenance/perceptual-hash.ts";

const inTurn = oneAtATime();

/**
 * The perceptual hash of an image file, as EXIF turns it and over white. One file at a time: a decoder may need
 * hundreds of megabytes.
 * @returns `undefined` for an image of one colour, and for a file that cannot be decoded
 */
export function lookOfFile(file: Uint8Array): Promise<PerceptualHash | undefined> {
  return inTurn(() => hashOf(file));
}

async function hashOf(file: Uint8Array): Promise<PerceptualHash | undefined> {
  // Of a damaged file what viewers show of it: a changed byte must not hide what it looks like.
  const gray = await sharp(file, { limitInputPixels: maxInputPixels, failOn: "none" })
    .rotate()
    .flatten({ background: "#fff" })
    .resize(hashedSide, hashedSide, { fit: "fill", kernel: "lanczos3", fastShrinkOnLoad: false })
    .toColourspace("b-w")
    .raw()
    .toBuffer()
    .catch(() => undefined);
  return gray && perceptualHash(gray);
}
