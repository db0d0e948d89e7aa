import { findBytes } from "./find-bytes.ts";

/** Cameras write some twenty; a file may claim 65,535. */
const maxEntries = 100;
/** Bytes that look like the start of EXIF data may also be image data. */
const maxStarts = 4;
const maxCommentBytes = 65_536;
const exifDirectoryTag = 0x8769;
const userCommentTag = 0x9286;
/** `II*\0` and `MM\0*`. */
const marks = [Uint8Array.of(0x49, 0x49, 0x2a, 0), Uint8Array.of(0x4d, 0x4d, 0, 0x2a)];

/**
 * EXIF's UserComment of a JPEG, WebP, AVIF or PNG: where other programs write how an image was drawn. EXIF data is
 * found by its first bytes, whatever the container. Runs in browsers too.
 * @see Exif 2.32, 4.6.5 UserComment; TIFF 6.0, section 2
 * @returns `undefined` where there is none, or none that can be read
 */
export function readExifComment(file: Uint8Array): string | undefined {
  for (const mark of marks) {
    for (let at = findBytes(file, mark, 0), tried = 0; at >= 0 && tried < maxStarts; tried++) {
      const comment = commentOf(file.subarray(at));
      if (comment !== undefined) return comment;
      at = findBytes(file, mark, at + 1);
    }
  }
  return undefined;
}

function commentOf(tiff: Uint8Array): string | undefined {
  const little = tiff[0] === 0x49;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  try {
    const exif = findEntry(view, view.getUint32(4, little), exifDirectoryTag, little);
    const entry = exif && findEntry(view, view.getUint32(exif + 8, little), userCommentTag, little);
    if (!entry) return undefined;
    const length = view.getUint32(entry + 4, little);
    const at = view.getUint32(entry + 8, little);
    if (length < 8 || length > maxCommentBytes || at + length > tiff.length) return undefined;
    return decoded(tiff.subarray(at, at + length), little);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // the file ends within it
    throw error;
  }
}

function findEntry(view: DataView, directory: number, tag: number, little: boolean): number | undefined {
  const entries = Math.min(view.getUint16(directory, little), maxEntries);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (view.getUint16(entry, little) === tag) return entry;
  }
  return undefined;
}

/** Its first eight bytes name the encoding. UTF-16 is big-endian by custom, and in the file's order by the standard. */
function decoded(comment: Uint8Array, little: boolean): string {
  const code = new TextDecoder("latin1").decode(comment.subarray(0, 8));
  const content = comment.subarray(8);
  if (code !== "UNICODE\0") return new TextDecoder().decode(content).replaceAll("\0", "").trim();
  const readable = (text: string) => [...text].filter((character) => character <= "\u02ff").length;
  const [big, inOrder] = [new TextDecoder("utf-16be").decode(content), new TextDecoder("utf-16le").decode(content)];
  // A line of settings in ASCII is part of every such text, and is none in the other order.
  const text = little && readable(inOrder) > readable(big) ? inOrder : big;
  return text.replaceAll("\0", "").trim();
}
