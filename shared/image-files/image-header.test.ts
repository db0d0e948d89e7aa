import sharp from "sharp";
import { expect, it } from "vitest";
import { readImageHeader } from "./image-header.ts";

const image = (alpha = false) =>
  sharp({
    create: { width: 70, height: 45, channels: alpha ? 4 : 3, background: { r: 9, g: 80, b: 200, alpha: 0.5 } },
  });

it.each([
  ["png", () => image().png()],
  ["jpeg", () => image().jpeg()],
  ["jpeg", () => image().jpeg({ progressive: true })],
  ["webp", () => image().webp()],
  ["webp", () => image().webp({ lossless: true })],
  ["webp", () => image(true).webp()],
  ["avif", () => image().avif({ effort: 0 })],
] as const)("reads the size of a %s", async (format, make) => {
  const bytes = new Uint8Array(await make().toBuffer());
  expect(readImageHeader(bytes)).toEqual({ format, width: 70, height: 45 });
  // Cut anywhere, it is either read or refused, and never thrown over.
  for (const length of [0, 3, 9, 14, 20, 25]) {
    expect([undefined, { format, width: 70, height: 45 }]).toContainEqual(readImageHeader(bytes.subarray(0, length)));
  }
  expect(readImageHeader(bytes.subarray(0, 14))).toBeUndefined();
});

it.each([
  "GIF89a",
  "<svg xmlns='http://www.w3.org/2000/svg'/>",
  "plain text that is no image at all",
])("does not take %j for an image", (content) => {
  expect(readImageHeader(new TextEncoder().encode(content))).toBeUndefined();
});

it.each([
  ["png", 6],
  ["jpeg", 5],
  ["jpeg", 8],
  ["webp", 6],
] as const)("changes the sides of a %s that EXIF turns (%d), as those who show it do", async (format, orientation) => {
  const bytes = new Uint8Array(await image().withMetadata({ orientation }).toFormat(format).toBuffer());
  expect(readImageHeader(bytes)).toEqual({ format, width: 45, height: 70 });
  const { data } = await sharp(bytes).autoOrient().toBuffer({ resolveWithObject: true });
  expect(readImageHeader(new Uint8Array(data))).toMatchObject({ width: 45, height: 70 });
});

it("leaves an image as it is that EXIF mirrors or turns over", async () => {
  for (const orientation of [1, 2, 3, 4]) {
    const bytes = new Uint8Array(await image().withMetadata({ orientation }).jpeg().toBuffer());
    expect(readImageHeader(bytes)).toMatchObject({ width: 70, height: 45 });
  }
});

it("reads one Exif segment and a hundred entries of it, however many a file claims", { timeout: 5_000 }, () => {
  // 280,000 segments whose directory offset points at one shared directory of 65,535 entries at the end.
  const segments = 280_000;
  const segment = 20;
  const directory = 2 + segments * segment;
  const bytes = new Uint8Array(directory + 2 + 12 * 65_535 + 20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xffd8);
  for (let i = 0; i < segments; i++) {
    const at = 2 + i * segment;
    view.setUint16(at, 0xffe1);
    view.setUint16(at + 2, segment - 2);
    bytes.set(new TextEncoder().encode("Exif\0\0MM\0*"), at + 4);
    view.setUint32(at + 14, directory - (at + 10));
  }
  view.setUint16(directory, 65_535);
  expect(readImageHeader(bytes)).toBeUndefined();
});
