import { promisify } from "node:util";
import { crc32, deflate } from "node:zlib";
import type { RgbImage } from "../../pipeline/image.ts";

const compress = promisify(deflate);
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * 8-bit RGB PNG. Filter Up and zlib level 1: on a photo-like 1024² image 41 ms and 1452 KiB, where libvips takes 44 ms
 * for 2697 KiB at level 1 without filters and 147 ms for 1319 KiB with adaptive ones.
 */
export async function encodePng({ data, width, height }: RgbImage): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8); // 8 bits, RGB, deflate, standard filters, not interlaced
  const pixels = await compress(filterUp(data, width * 3, height), { level: 1 });
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", pixels), chunk("IEND", Buffer.alloc(0))]);
}

/** Each row as its difference from the row above, after one byte that names the filter. */
function filterUp(data: Uint8Array, stride: number, height: number): Uint8Array {
  const filtered = new Uint8Array((stride + 1) * height);
  for (let row = 0; row < height; row++) {
    const from = row * stride;
    const to = row * (stride + 1) + 1;
    filtered[to - 1] = 2;
    for (let i = 0; i < stride; i++) filtered[to + i] = data[from + i]! - (row > 0 ? data[from + i - stride]! : 0);
  }
  return filtered;
}

function chunk(type: string, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(content.length + 12);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, content.length + 8)), content.length + 8);
  return bytes;
}
