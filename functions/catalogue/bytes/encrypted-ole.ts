import type { ByteSource } from "./byte-source.ts";

const streamName = Buffer.from("EncryptedPackage", "utf16le");
const headerBytes = 512;
const directoryBytes = 65_536;

/**
 * Whether an OLE file holds a workbook under a password: Office puts it into a stream of that name. The directory is
 * read where the header says that it begins.
 */
export async function isEncryptedOle(source: ByteSource): Promise<boolean> {
  if (source.bytes < headerBytes) return false;
  const header = Buffer.from(await source.read(0, headerBytes));
  const sectorShift = header.readUInt16LE(30);
  if (sectorShift !== 9 && sectorShift !== 12) return false;
  const start = (header.readUInt32LE(48) + 1) * 2 ** sectorShift;
  if (start >= source.bytes) return false;
  const directory = await source.read(start, Math.min(start + directoryBytes, source.bytes));
  return Buffer.from(directory).includes(streamName);
}
