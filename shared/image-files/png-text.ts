import { crc32, inflateSync } from "node:zlib";

/**
 * Text that a PNG carries beside its pixels: `tEXt` for Latin-1, `iTXt` for anything else, as other programs write and
 * read it.
 * @see PNG specification, section 11.3.3
 */

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Longest text that is read, compressed or not, and most texts of a file. */
const maxTextBytes = 65_536;
const maxTexts = 100;
/** Signature, and the header chunk that comes first. */
const headerEnd = 8 + 25;

/** The PNG with one more text, right behind its header. Bytes that are no PNG come back as they are. */
export function withPngText(png: Uint8Array, keyword: string, text: string): Uint8Array {
  if (!isPng(png) || png.length < headerEnd) return png;
  return Buffer.concat([png.subarray(0, headerEnd), textChunk(keyword, text), png.subarray(headerEnd)]);
}

/** Texts by their keywords; the first of a keyword counts. Empty for anything but a PNG. */
export function readPngTexts(png: Uint8Array): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  if (!isPng(png)) return texts;
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = 8; at + 12 <= png.length && texts.size < maxTexts; ) {
    const length = view.getUint32(at);
    const type = latin1(png.subarray(at + 4, at + 8));
    if (type === "IEND") break;
    const found = readText(type, png.subarray(at + 8, at + 8 + length));
    if (found !== undefined && !texts.has(found.keyword)) texts.set(found.keyword, found.text);
    at += 12 + length;
  }
  return texts;
}

function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

function textChunk(keyword: string, text: string): Uint8Array {
  const isLatin1 = [...text].every((character) => character.charCodeAt(0) <= 0xff && character.length === 1);
  const type = isLatin1 ? "tEXt" : "iTXt";
  // iTXt: no compression, no language, no translated keyword.
  const parts = isLatin1
    ? [Buffer.from(keyword, "latin1"), Buffer.from([0]), Buffer.from(text, "latin1")]
    : [Buffer.from(keyword, "latin1"), Buffer.from([0, 0, 0, 0, 0]), Buffer.from(text, "utf8")];
  const body = Buffer.concat([Buffer.from(type, "latin1"), ...parts]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length - 4);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function readText(type: string, data: Uint8Array): { readonly keyword: string; readonly text: string } | undefined {
  if (type !== "tEXt" && type !== "zTXt" && type !== "iTXt") return undefined;
  const end = data.indexOf(0);
  if (end < 1 || data.length > maxTextBytes) return undefined;
  const keyword = latin1(data.subarray(0, end));
  const rest = data.subarray(end + 1);
  if (type === "tEXt") return { keyword, text: latin1(rest) };
  if (type === "zTXt") {
    const bytes = inflated(rest.subarray(1));
    return bytes && { keyword, text: latin1(bytes) };
  }
  const languageEnd = rest.indexOf(0, 2);
  const translatedEnd = languageEnd < 0 ? -1 : rest.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) return undefined;
  const content = rest.subarray(translatedEnd + 1);
  const bytes = rest[0] === 1 ? inflated(content) : content;
  return bytes && { keyword, text: new TextDecoder().decode(bytes) };
}

/** `undefined` for damaged data, and for more than a text may have. */
function inflated(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return inflateSync(bytes, { maxOutputLength: maxTextBytes });
  } catch {
    return undefined;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
