import sharp, { type Sharp } from "sharp";
import { InvalidInputError } from "../../../shared/errors.ts";
import { faintestMark, hasNoAlpha, type MaskMode, marksNothing } from "../../../shared/image-files/mask-rules.ts";
import type { MaskContent } from "../../../shared/image-files/png-mask.ts";
import { maxInputPixels } from "../../../shared/limits.ts";
import type { GrayImage, RgbaImage, RgbImage } from "../../pipeline/image.ts";
import { largestMarks } from "./largest-marks.ts";

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

const formats: ReadonlySet<string> = new Set(["png", "jpeg", "webp", "avif", "heif"]);

/**
 * An image file at the size to be drawn, turned as its EXIF says, alpha over white, by Lanczos; what does not fit the
 * proportions is cut off evenly.
 * @param param - the request field, for messages
 * @throws InvalidInputError `invalid_image` for another format, a damaged file, or more than `maxInputPixels`: the
 * header is read before anything is decoded
 */
export async function decodeImageFile(
  bytes: Uint8Array,
  { width, height }: ImageSize,
  param: string,
): Promise<RgbImage> {
  const image = (await open(bytes, param)).flatten({ background: "#fff" }).toColourspace("srgb");
  const { data } = await decode(image.resize(width, height, { fit: "cover", kernel: "lanczos3" }), param);
  return { data, width, height };
}

/**
 * An image to look at: shrunk to at most `maxPixels` in its own proportions, sides cut to multiples of 16.
 * @throws as `decodeImageFile`
 */
export async function decodeReferenceFile(bytes: Uint8Array, param: string, maxPixels = 1024 ** 2): Promise<RgbImage> {
  const size = await imageFileSize(bytes, param);
  const scale = Math.min(1, Math.sqrt(maxPixels / (size.width * size.height)));
  const [width, height] = [Math.round(size.width * scale), Math.round(size.height * scale)];
  const whole = await decodeImageFile(bytes, { width, height }, param);
  return cropToMultiple(whole, 16, param);
}

/**
 * A photo with its transparency, in its own proportions, shrunk to at most `maxPixels`.
 * @throws as `decodeImageFile`
 */
export async function decodePhotoFile(bytes: Uint8Array, param: string, maxPixels = 3000 ** 2): Promise<RgbaImage> {
  const size = await imageFileSize(bytes, param);
  const scale = Math.min(1, Math.sqrt(maxPixels / (size.width * size.height)));
  const [width, height] = [size.width, size.height].map((side) => Math.max(1, Math.round(side * scale)));
  const image = (await open(bytes, param)).toColourspace("srgb").ensureAlpha();
  const sized = scale < 1 ? image.resize(width, height, { fit: "fill", kernel: "lanczos3" }) : image;
  const { data, info } = await decode(sized, param);
  return { data, width: info.width, height: info.height };
}

/**
 * The mask at the size to be drawn: 255 is drawn anew, 0 is kept. A larger mask is shrunk so that nothing marked is
 * lost; a smaller one is scaled linearly, as other kernels leave ripples beside an edge, and marks nothing that it
 * keeps. What a lossy format left of noise in black and white is removed.
 * @throws as `decodeImageFile`; also for a mask that marks nothing, and for one of transparency that has none
 */
export async function decodeMaskFile(
  bytes: Uint8Array,
  { width, height }: ImageSize,
  mode: MaskMode,
  param: string,
): Promise<GrayImage> {
  const channel = await openMask(bytes, mode, param);
  if (channel === undefined) throw hasNoAlpha(param);
  const { data, info } = await decode(channel.clone(), param);
  const own = { data: marksOf(data, mode), width: info.width, height: info.height };
  if (!own.data.some((level) => level > 0)) throw marksNothing(mode, param);
  if (own.width === width && own.height === height) return own;
  const marks = largestMarks(own, { width, height });
  if (own.width >= width && own.height >= height) return marks;
  const scaled = await decode(channel.resize(width, height, { fit: "cover", kernel: "linear" }), param);
  const levels = marksOf(scaled.data, mode).map((level, i) => Math.min(level, marks.data[i]!));
  return { data: levels, width, height };
}

/** What a mask marks, without a look at its pixels in this thread. @throws as `decodeImageFile` */
export async function maskContentOf(bytes: Uint8Array, mode: MaskMode, param: string): Promise<MaskContent> {
  const channel = await openMask(bytes, mode, param);
  if (channel === undefined) return "has no alpha";
  const { data, info } = await decode(channel, param);
  const raw = { width: info.width, height: info.height, channels: 1 } as const;
  const { channels } = await sharp(data, { raw, limitInputPixels: maxInputPixels }).stats();
  const most = mode === "white" ? channels[0]!.max : 255 - channels[0]!.min;
  return most < faintestMark ? "marks nothing" : "marks";
}

/** The one channel that marks; `undefined` where that is alpha, and the file has none. */
async function openMask(bytes: Uint8Array, mode: MaskMode, param: string): Promise<Sharp | undefined> {
  const image = await open(bytes, param);
  if (mode !== "transparent") return image.flatten({ background: "#000" }).grayscale().toColourspace("b-w");
  return (await image.metadata()).hasAlpha ? image.extractChannel("alpha") : undefined;
}

function marksOf(values: Uint8Array, mode: MaskMode): Uint8Array {
  return values.map((value) => {
    const level = mode === "white" ? value : 255 - value;
    return level < faintestMark ? 0 : level > 255 - faintestMark ? 255 : level;
  });
}

/** Width and height as shown, from the header alone. @throws as `decodeImageFile` */
export async function imageFileSize(bytes: Uint8Array, param: string): Promise<ImageSize> {
  const { width, height, autoOrient } = await (await open(bytes, param)).metadata();
  return { width: autoOrient?.width ?? width, height: autoOrient?.height ?? height };
}

async function open(bytes: Uint8Array, param: string): Promise<Sharp> {
  if (bytes.length === 0) throw unreadable(param, "the file is empty");
  // An animation counts as its first image. The limit is checked against the header, and again by the decoder in case
  // the header lies.
  const image = sharp(bytes, { limitInputPixels: maxInputPixels, pages: 1, failOn: "error" });
  const { format, width, height } = await image.metadata().catch((cause: unknown) => {
    throw unreadable(param, cause);
  });
  if (format === undefined || !formats.has(format)) {
    const message = `${param} must be a PNG, JPEG, WebP or AVIF image, got ${format ?? "something else"}`;
    throw new InvalidInputError("invalid_image", message, { param });
  }
  if (width * height > maxInputPixels) {
    const message = `${param} must have at most ${maxInputPixels} pixels, got ${width}×${height}; send a smaller image`;
    throw new InvalidInputError("invalid_image", message, { param });
  }
  return image.autoOrient();
}

async function decode(image: Sharp, param: string) {
  const { data, info } = await image
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw unreadable(param, cause);
    });
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), info };
}

function unreadable(param: string, cause: unknown): InvalidInputError {
  const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
  const message = /pixel limit/i.test(reason ?? "")
    ? `${param} must have at most ${maxInputPixels} pixels; send a smaller image`
    : `${param} cannot be read as a PNG, JPEG, WebP or AVIF image: ${reason}`;
  return new InvalidInputError("invalid_image", message, { param, cause });
}

/** The middle of an image, with sides that are multiples of `multiple`. */
function cropToMultiple({ data, width, height }: RgbImage, multiple: number, param: string): RgbImage {
  const [newWidth, newHeight] = [width - (width % multiple), height - (height % multiple)];
  if (newWidth === 0 || newHeight === 0) {
    const message = `${param} must be at least ${multiple} pixels wide and high, got ${width}×${height}`;
    throw new InvalidInputError("invalid_image", message, { param });
  }
  if (newWidth === width && newHeight === height) return { data, width, height };
  const [left, top] = [Math.floor((width - newWidth) / 2), Math.floor((height - newHeight) / 2)];
  const cropped = new Uint8Array(newWidth * newHeight * 3);
  for (let row = 0; row < newHeight; row++) {
    const from = ((top + row) * width + left) * 3;
    cropped.set(data.subarray(from, from + newWidth * 3), row * newWidth * 3);
  }
  return { data: cropped, width: newWidth, height: newHeight };
}
