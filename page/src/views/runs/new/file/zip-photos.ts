const photoName = /\.(?:png|jpe?g|webp|avif)$/i;
/** 1980-01-01, the first date of the format. */
const firstDate = 0x21;
const utf8Names = 0x800;

/** A file of a folder that was chosen or dropped. */
export interface FolderFile {
  readonly name: string;
  readonly file: Blob;
}

/**
 * The photos of a folder as one ZIP that stores them as they are; `null` where there is none. Memory holds one at a
 * time.
 */
export async function zipPhotos(folder: readonly FolderFile[]): Promise<Blob | null> {
  const photos = folder.filter(({ name }) => photoName.test(name));
  if (photos.length === 0) return null;
  const pieces: (Blob | Uint8Array<ArrayBuffer>)[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const { name, file } of photos) {
    const entryName = new TextEncoder().encode(name);
    // The 26 bytes that a file's own header and the directory share.
    const fields = littleEndian([
      [2, 20],
      [2, utf8Names],
      [2, 0],
      [2, 0],
      [2, firstDate],
      [4, crc32(new Uint8Array(await file.arrayBuffer()))],
      [4, file.size],
      [4, file.size],
      [2, entryName.length],
      [2, 0],
    ]);
    pieces.push(littleEndian([[4, 0x04034b50]]), fields, entryName, file);
    const place = littleEndian([
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, at],
    ]);
    directory.push(
      littleEndian([
        [4, 0x02014b50],
        [2, 20],
      ]),
      fields,
      place,
      entryName,
    );
    at += 30 + entryName.length + file.size;
  }
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  const counts = [
    [2, photos.length],
    [2, photos.length],
  ] as const;
  const end = littleEndian([[4, 0x06054b50], [2, 0], [2, 0], ...counts, [4, directoryBytes], [4, at], [2, 0]]);
  return new Blob([...pieces, ...directory, end], { type: "application/zip" });
}

/** @param values - each with its width in bytes, 2 or 4 */
function littleEndian(values: readonly (readonly [2 | 4, number])[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.reduce((sum, [width]) => sum + width, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, value] of values) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return bytes;
}

const table = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = table[(sum ^ byte) & 0xff]! ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
