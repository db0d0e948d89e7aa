/**
 * ZIP files whose bytes are known before any file is read.
 *
 * A catalogue of pictures is downloaded in archives of many gigabytes. Pictures are compressed already, so entries are
 * stored as they are; with name, size and CRC-32 of every file, the place of each byte follows. That makes
 * `Content-Length`, `Range` and resumed downloads possible without building an archive anywhere.
 * Format: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14 to 4.3.16 (ends).
 */

export interface ZipEntry {
  /** Path in the archive: UTF-8, `/` between folders, at most 65,535 bytes, not absolute and without `..`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** CRC-32 of the content, unsigned. */
  readonly crc32: number;
}

export interface ZipLayout {
  /** Bytes of the whole archive. */
  readonly size: number;
  /**
   * The archive's bytes `start`..`end`, both inclusive.
   * @param open - content bytes of one entry, both inclusive; it must give exactly as many
   * @throws RangeError for a range outside the archive; Error when an entry's content is shorter or longer than said
   */
  read(start: number, end: number, open: OpenEntry): AsyncGenerator<Uint8Array>;
}

/** @param index - of the entry in the list that the layout was made from */
export type OpenEntry = (index: number, start: number, end: number) => AsyncIterable<Uint8Array>;

/** One part of the archive: `bytes` for headers, an entry's index for content. */
interface Piece {
  readonly at: number;
  readonly size: number;
  readonly bytes?: () => Uint8Array;
  readonly entry?: number;
}

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
const zip64EndSignature = 0x06064b50;
const zip64LocatorSignature = 0x07064b50;
const [localBytes, centralBytes, endBytes, zip64EndBytes, zip64LocatorBytes] = [30, 46, 22, 56, 20];
/** Names are UTF-8. */
const utf8Flag = 0x800;
/** 1980-01-01 00:00, the first date of the format: equal files make equal archives. */
const firstDate = 0x21;
const [plainVersion, zip64Version] = [20, 45];
const zip64Tag = 1;
const most16 = 0xffff;
const most32 = 0xffff_ffff;

/**
 * @throws RangeError for a name, size or checksum that the format cannot hold; names that occur twice
 */
export function zipLayout(entries: readonly ZipEntry[]): ZipLayout {
  const names = encodeNames(entries);
  /** Where each entry's local header begins, and where the central directory does. */
  const offsets = [0];
  for (const [index, { size }] of entries.entries()) {
    offsets.push(offsets[index]! + localBytes + names[index]!.length + (size >= most32 ? 20 : 0) + size);
  }
  const central = offsets[entries.length]!;
  /** Where each entry's record in the central directory begins, and where the end records do. */
  const records = [central];
  for (const [index, { size }] of entries.entries()) {
    const extra = zip64Fields(size, offsets[index]!).length;
    records.push(records[index]! + centralBytes + names[index]!.length + (extra > 0 ? 4 + 8 * extra : 0));
  }
  const end = endRecords(entries.length, central, records[entries.length]! - central);
  const size = records[entries.length]! + end.length;

  function* pieces(start: number): Generator<Piece> {
    for (let index = lastAtMost(offsets, start); index < entries.length; index++) {
      const { size } = entries[index]!;
      const header = () => localHeader(entries[index]!, names[index]!);
      const headerSize = offsets[index + 1]! - offsets[index]! - size;
      yield { at: offsets[index]!, size: headerSize, bytes: header };
      yield { at: offsets[index]! + headerSize, size, entry: index };
    }
    for (let index = Math.max(0, lastAtMost(records, start)); index < entries.length; index++) {
      const record = () => centralRecord(entries[index]!, names[index]!, offsets[index]!);
      yield { at: records[index]!, size: records[index + 1]! - records[index]!, bytes: record };
    }
    yield { at: size - end.length, size: end.length, bytes: () => end };
  }

  async function* read(start: number, last: number, open: OpenEntry): AsyncGenerator<Uint8Array> {
    if (!(Number.isSafeInteger(start) && Number.isSafeInteger(last) && start >= 0 && start <= last && last < size)) {
      throw new RangeError(`bytes ${start}-${last} are not inside an archive of ${size} bytes`);
    }
    for (const piece of pieces(start)) {
      if (piece.at > last) return;
      const from = Math.max(0, start - piece.at);
      const to = Math.min(piece.size, last + 1 - piece.at);
      if (from >= to) continue;
      if (piece.bytes !== undefined) yield piece.bytes().subarray(from, to);
      else yield* exactly(open(piece.entry!, from, to - 1), to - from, entries[piece.entry!]!.name);
    }
  }

  return { size, read };
}

/** Index of the last offset that is at most `value`; -1 when there is none. @param sorted - ascending */
function lastAtMost(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

async function* exactly(chunks: AsyncIterable<Uint8Array>, size: number, name: string): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const chunk of chunks) {
    left -= chunk.length;
    if (left < 0) break;
    yield chunk;
  }
  // The sizes were promised in headers that are sent already; only a broken transfer tells the client.
  if (left !== 0) throw new Error(`the content of ${JSON.stringify(name)} is not as long as its record says`);
}

function encodeNames(entries: readonly ZipEntry[]): Buffer[] {
  const seen = new Set<string>();
  return entries.map(({ name, size, crc32 }) => {
    const encoded = Buffer.from(name);
    const isPath = name !== "" && !name.startsWith("/") && !name.includes("\\") && !name.split("/").includes("..");
    if (!isPath || encoded.length > most16) throw new RangeError(`not a name for a ZIP entry: ${JSON.stringify(name)}`);
    if (seen.has(name)) throw new RangeError(`two entries have the name ${JSON.stringify(name)}`);
    seen.add(name);
    if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`${name}: size must be a whole number: ${size}`);
    if (crc32 >>> 0 !== crc32) throw new RangeError(`${name}: CRC-32 must be an unsigned 32-bit number: ${crc32}`);
    return encoded;
  });
}

/** Values that need 64 bits, in the order of the extra field: size, compressed size, offset of the local header. */
function zip64Fields(size: number, offset: number): number[] {
  return [...(size >= most32 ? [size, size] : []), ...(offset >= most32 ? [offset] : [])];
}

function localHeader({ size, crc32 }: ZipEntry, name: Buffer): Buffer {
  const fields = zip64Fields(size, 0);
  const header = Buffer.alloc(localBytes);
  header.writeUInt32LE(localSignature, 0);
  writeCommon(header, 4, { size, crc32, nameBytes: name.length, fields });
  return Buffer.concat([header, name, zip64Extra(fields)]);
}

function centralRecord({ size, crc32 }: ZipEntry, name: Buffer, offset: number): Buffer {
  const fields = zip64Fields(size, offset);
  const record = Buffer.alloc(centralBytes);
  record.writeUInt32LE(centralSignature, 0);
  record.writeUInt16LE(fields.length > 0 ? zip64Version : plainVersion, 4);
  writeCommon(record, 6, { size, crc32, nameBytes: name.length, fields });
  record.writeUInt32LE(Math.min(offset, most32), 42);
  return Buffer.concat([record, name, zip64Extra(fields)]);
}

interface CommonFields {
  readonly size: number;
  readonly crc32: number;
  readonly nameBytes: number;
  readonly fields: readonly number[];
}

/** The 26 bytes that local header and central record share: version needed up to the length of the extra field. */
function writeCommon(into: Buffer, at: number, { size, crc32, nameBytes, fields }: CommonFields): void {
  into.writeUInt16LE(fields.length > 0 ? zip64Version : plainVersion, at);
  into.writeUInt16LE(utf8Flag, at + 2);
  into.writeUInt16LE(firstDate, at + 8);
  into.writeUInt32LE(crc32, at + 10);
  into.writeUInt32LE(Math.min(size, most32), at + 14);
  into.writeUInt32LE(Math.min(size, most32), at + 18);
  into.writeUInt16LE(nameBytes, at + 22);
  into.writeUInt16LE(fields.length > 0 ? 4 + 8 * fields.length : 0, at + 24);
}

function zip64Extra(fields: readonly number[]): Buffer {
  if (fields.length === 0) return Buffer.alloc(0);
  const extra = Buffer.alloc(4 + 8 * fields.length);
  extra.writeUInt16LE(zip64Tag, 0);
  extra.writeUInt16LE(8 * fields.length, 2);
  for (const [index, value] of fields.entries()) extra.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return extra;
}

/** @param at - where the central directory begins; `bytes` is its length */
function endRecords(count: number, at: number, bytes: number): Buffer {
  const needs64 = count >= most16 || at >= most32 || bytes >= most32;
  const end = Buffer.alloc(endBytes);
  end.writeUInt32LE(endSignature, 0);
  end.writeUInt16LE(Math.min(count, most16), 8);
  end.writeUInt16LE(Math.min(count, most16), 10);
  end.writeUInt32LE(Math.min(bytes, most32), 12);
  end.writeUInt32LE(Math.min(at, most32), 16);
  if (!needs64) return end;
  const end64 = Buffer.alloc(zip64EndBytes);
  end64.writeUInt32LE(zip64EndSignature, 0);
  end64.writeBigUInt64LE(BigInt(zip64EndBytes - 12), 4);
  end64.writeUInt16LE(zip64Version, 12);
  end64.writeUInt16LE(zip64Version, 14);
  for (const [index, value] of [count, count, bytes, at].entries())
    end64.writeBigUInt64LE(BigInt(value), 24 + 8 * index);
  const locator = Buffer.alloc(zip64LocatorBytes);
  locator.writeUInt32LE(zip64LocatorSignature, 0);
  locator.writeBigUInt64LE(BigInt(at + bytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end]);
}
