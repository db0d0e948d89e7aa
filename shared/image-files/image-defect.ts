import { crc32 } from "node:zlib";
import type { ImageHeader } from "./image-header.ts";

/** Chunks, or boxes, that are looked at: images have a few hundred, and a walk must end soon. */
const maxParts = 100_000;

/**
 * What is broken about an image file as a whole, without decoding it: it was cut off, or its bytes were changed on the
 * way. Time grows with the file's length alone. What is in the pixels, the decoder finds out.
 * @returns the defect, as the text after "the file"; `undefined` for a file that is whole
 */
export function imageDefect(bytes: Uint8Array, format: ImageHeader["format"]): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case "png":
      return pngDefect(bytes, view);
    case "jpeg":
      return jpegDefect(bytes, view);
    case "webp":
      return view.getUint32(4, true) + 8 > bytes.length ? cutOff : undefined;
    case "avif":
      return avifDefect(view);
  }
}

const cutOff = "is cut off before its end";
const tooManyParts = `has more than ${maxParts} parts`;

/**
 * Every chunk must be there up to IEND, and those that pixels depend on must have their checksum.
 * @see PNG specification, 5.3
 */
function pngDefect(bytes: Uint8Array, view: DataView): string | undefined {
  let at = 8;
  for (let parts = 0; parts < maxParts; parts++) {
    if (at + 12 > bytes.length) return cutOff;
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) return cutOff;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const isCritical = /^[A-Z]/.test(type);
    if (isCritical && crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      return `is damaged: its ${type} chunk has another checksum than its content`;
    }
    if (type === "IEND") return undefined;
    at = end;
  }
  return tooManyParts;
}

/**
 * After the header of the first scan there must be an end of image. Within a scan the two bytes cannot stand for
 * anything else; before it they may belong to a thumbnail.
 * @see ITU-T T.81, B.1.1.5
 */
function jpegDefect(bytes: Uint8Array, view: DataView): string | undefined {
  let at = 2;
  while (at + 4 <= bytes.length && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xda) {
      const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return file.includes(endOfImage, at) ? undefined : cutOff;
    }
    // A fill byte stands alone, a segment says its length.
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return cutOff;
}

const endOfImage = Buffer.from([0xff, 0xd9]);

const [mediaData, metadata] = ["mdat", "meta"].map((name) => Buffer.from(name).readUInt32BE());

/**
 * The boxes must fill the file, and one of them holds the image: media data, or metadata that may have it inside.
 * @see ISO/IEC 14496-12, 4.2; ISO/IEC 23008-12
 */
function avifDefect(view: DataView): string | undefined {
  let at = 0;
  let hasImage = false;
  for (let parts = 0; parts < maxParts; parts++) {
    if (at + 8 > view.byteLength) return hasImage ? undefined : cutOff;
    const size = view.getUint32(at);
    const kind = view.getUint32(at + 4);
    hasImage ||= kind === mediaData || (kind === metadata && holdsItemData(view, at, size));
    // 0 reaches to the end of the file, 1 says that 64 bits follow.
    if (size === 0) return hasImage ? undefined : cutOff;
    const length = size !== 1 ? size : at + 16 <= view.byteLength ? Number(view.getBigUint64(at + 8)) : Number.NaN;
    if (!(length >= 8) || at + length > view.byteLength) return cutOff;
    at += length;
  }
  return tooManyParts;
}

/** Small images may lie in a box of the metadata. */
function holdsItemData({ buffer, byteOffset, byteLength }: DataView, at: number, size: number): boolean {
  return Buffer.from(buffer, byteOffset + at, Math.min(size, byteLength - at)).includes("idat");
}
