import { createReadStream, openAsBlob } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { crc32 } from "node:zlib";
import { UsageError } from "./command.ts";

const pictures: ReadonlySet<string> = new Set([".png", ".jpg", ".jpeg", ".webp", ".avif"]);
/** What the service takes as a ZIP of pictures. */
const maxPictures = 60_000;
const maxBytes = 2_000_000_000;
/** 1980-01-01, the first date of the format: the same pictures make the same file. */
const firstDate = 0x21;
const utf8Names = 0x800;

/**
 * All pictures in a folder and the folders in it, as one ZIP that stores them as they are. They are read twice, for
 * their checksums now and while they are sent; memory holds none of them.
 * @throws UsageError for a folder without pictures, and for more of them than the service takes
 */
export async function zipFolder(folder: string): Promise<Blob> {
  const names: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    if (!pictures.has(extname(name).toLowerCase())) continue;
    // A folder may be called like a picture.
    if ((await stat(join(folder, name))).isFile()) names.push(name);
  }
  if (names.length === 0) throw new UsageError(`--pictures: there is no PNG, JPEG, WebP or AVIF file in ${folder}`);
  if (names.length > maxPictures) {
    throw new UsageError(`--pictures: ${folder} has ${names.length} pictures, and ${maxPictures} is the most`);
  }
  const pieces: (Blob | Uint8Array<ArrayBuffer>)[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let at = 0;
  for (const name of names.sort()) {
    const path = join(folder, name);
    const file = await openAsBlob(path);
    const entryName = Buffer.from(name.replaceAll("\\", "/"));
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(utf8Names, 2);
    fields.writeUInt16LE(firstDate, 8);
    fields.writeUInt32LE(await checksum(path), 10);
    fields.writeUInt32LE(file.size, 14);
    fields.writeUInt32LE(file.size, 18);
    fields.writeUInt16LE(entryName.length, 22);
    const offset = Buffer.alloc(14);
    offset.writeUInt32LE(at, 10);
    const header = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, entryName]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), fields, offset, entryName]));
    pieces.push(header, file);
    at += header.length + file.size;
    if (at > maxBytes) throw new UsageError(`--pictures: ${folder} has more than ${maxBytes / 1e9} GB of pictures`);
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(names.length, 8);
  end.writeUInt16LE(names.length, 10);
  end.writeUInt32LE(
    directory.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return new Blob([...pieces, ...directory, end], { type: "application/zip" });
}

async function checksum(path: string): Promise<number> {
  let sum = 0;
  for await (const piece of createReadStream(path)) sum = crc32(piece as Buffer, sum);
  return sum;
}
