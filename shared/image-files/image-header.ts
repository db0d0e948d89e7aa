import { isTurnedByExif } from "./exif-orientation.ts";

/** Facts about an image file from its first bytes, without decoding it. */
export interface ImageHeader {
  readonly format: "png" | "jpeg" | "webp" | "avif";
  /** As shown: sides that EXIF turns by a quarter have changed places. An AVIF's are as stored. */
  readonly width: number;
  readonly height: number;
}

/** @returns `undefined` for anything but a PNG, JPEG, WebP or AVIF whose size can be read */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return png(view) ?? jpeg(view) ?? webp(view) ?? avif(view);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the file ends within its header
    throw error;
  }
}

/** @see PNG specification 11.2.2 IHDR */
function png(view: DataView): ImageHeader | undefined {
  if (view.getUint32(0) !== 0x89504e47 || text(view, 12) !== "IHDR") return undefined;
  return sized("png", view.getUint32(16), view.getUint32(20), pngIsTurned(view));
}

/** EXIF is in a chunk of its own, before or after the image. @see PNG specification 11.3.3.8 eXIf */
function pngIsTurned(view: DataView): boolean {
  for (let at = 8; at + 8 <= view.byteLength; at += 12 + view.getUint32(at)) {
    if (text(view, at + 4) === "eXIf") return isTurnedByExif(view, at + 8);
  }
  return false;
}

/** Walks the segments to the frame header. @see ITU-T T.81, B.2.2 */
function jpeg(view: DataView): ImageHeader | undefined {
  if (view.getUint16(0) !== 0xffd8) return undefined;
  let at = 2;
  let isTurned: boolean | undefined;
  while (view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // fill byte
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return sized("jpeg", view.getUint16(at + 7), view.getUint16(at + 5), isTurned);
    // APP1 with "Exif", two zeros and a TIFF header; it comes before the frame. Only the first counts: a file may hold
    // hundreds of thousands that all point to one directory.
    if (marker === 0xe1 && text(view, at + 4) === "Exif") isTurned ??= isTurnedByExif(view, at + 10);
    if (marker === 0xda || marker === 0xd9) return undefined; // image data without a frame header
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

/** Lossy, lossless and extended files say it in three ways. @see RFC 9649 */
function webp(view: DataView): ImageHeader | undefined {
  if (text(view, 0) !== "RIFF" || text(view, 8) !== "WEBP") return undefined;
  switch (text(view, 12)) {
    case "VP8 ":
      return sized("webp", view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return sized("webp", (bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1);
    }
    case "VP8X":
      return sized("webp", 1 + uint24(view, 24), 1 + uint24(view, 27), webpIsTurned(view));
    default:
      return undefined;
  }
}

function webpIsTurned(view: DataView): boolean {
  for (let at = 12; at + 8 <= view.byteLength; ) {
    // Some writers put JPEG's prefix before it.
    if (text(view, at) === "EXIF") return isTurnedByExif(view, at + (text(view, at + 8) === "Exif" ? 14 : 8));
    const bytes = view.getUint32(at + 4, true);
    at += 8 + bytes + (bytes % 2); // chunks are padded to even lengths
  }
  return false;
}

/**
 * The largest `ispe` property: a file may hold a thumbnail, or tiles, beside the image.
 * @see ISO/IEC 23008-12, 6.5.3
 */
function avif(view: DataView): ImageHeader | undefined {
  if (text(view, 4) !== "ftyp" || !/^(avif|avis|mif1|msf1)$/.test(text(view, 8))) return undefined;
  let largest: ImageHeader | undefined;
  const end = Math.min(view.byteLength - 16, 65_536);
  for (let at = 8; at < end; at++) {
    if (text(view, at) !== "ispe") continue;
    const found = sized("avif", view.getUint32(at + 8), view.getUint32(at + 12));
    if (found && (!largest || found.width * found.height > largest.width * largest.height)) largest = found;
  }
  return largest;
}

function sized(
  format: ImageHeader["format"],
  width: number,
  height: number,
  isTurned = false,
): ImageHeader | undefined {
  if (width === 0 || height === 0) return undefined;
  return isTurned ? { format, width: height, height: width } : { format, width, height };
}

function text(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

function uint24(view: DataView, at: number): number {
  return view.getUint8(at) | (view.getUint8(at + 1) << 8) | (view.getUint8(at + 2) << 16);
}
