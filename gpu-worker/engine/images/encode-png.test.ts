import sharp from "sharp";
import { expect, it } from "vitest";
import { encodePng } from "./encode-png.ts";

/** A gradient with a little texture: every byte value and odd sizes occur. */
function gradient(width: number, height: number) {
  const data = new Uint8Array(width * height * 3).map((_, i) => (i * 7 + Math.floor(i / (width * 3)) * 13) & 255);
  return { data, width, height };
}

it.each([
  [1, 1],
  [3, 2],
  [2, 5],
  [144, 80],
  [257, 64],
])("writes what another decoder reads back exactly, %d×%d", async (width, height) => {
  const image = gradient(width, height);
  const png = await encodePng(image);
  // Strict: checksums of chunks count.
  const { data, info } = await sharp(png, { failOn: "warning" }).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width, height, channels: 3 });
  expect(Buffer.compare(data, image.data)).toBe(0);
});

it("writes each row as its difference from the one above, which a plain image makes small", async () => {
  const row = Uint8Array.from({ length: 300 }, (_, i) => (i * 89) & 255);
  const data = new Uint8Array(300 * 100).map((_, i) => row[i % 300]!);
  expect((await encodePng({ data, width: 100, height: 100 })).length).toBeLessThan(1000);
});
