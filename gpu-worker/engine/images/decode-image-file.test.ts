import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeImageFile, decodeMaskFile, decodeReferenceFile, imageFileSize } from "./decode-image-file.ts";

/** Left half red, right half blue. */
async function halves(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(i % width < width / 2 ? [255, 0, 0] : [0, 0, 255], i * 3);
  return sharp(data, { raw: { width, height, channels: 3 } });
}

const pixel = ({ data, width }: { data: Uint8Array; width: number }, x: number, y: number) => {
  const at = (y * width + x) * 3;
  return [...data.subarray(at, at + 3)];
};

describe("an image", () => {
  it.each(["png", "jpeg", "webp", "avif"] as const)("is read from %s at the size to be drawn", async (format) => {
    const bytes = await (await halves(64, 32)).toFormat(format, { quality: 95 }).toBuffer();
    const image = await decodeImageFile(bytes, { width: 32, height: 16 }, "image");
    expect(image.data.length).toBe(32 * 16 * 3);
    const [red = 0, , blue = 255] = pixel(image, 4, 8);
    expect(red - blue).toBeGreaterThan(200);
  });

  it("is turned as its EXIF says", async () => {
    const bytes = await (await halves(64, 32)).withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
    expect(await imageFileSize(bytes, "image")).toEqual({ width: 32, height: 64 });
    const image = await decodeImageFile(bytes, { width: 32, height: 64 }, "image");
    expect(pixel(image, 16, 4)[0]).toBeGreaterThan(200); // the left became the top
    expect(pixel(image, 16, 60)[2]).toBeGreaterThan(200);
  });

  it("keeps its proportions: what does not fit is cut off on both sides", async () => {
    const bytes = await (await halves(96, 32)).png().toBuffer();
    const image = await decodeImageFile(bytes, { width: 32, height: 32 }, "image");
    expect([pixel(image, 8, 16), pixel(image, 24, 16)]).toEqual([
      [255, 0, 0],
      [0, 0, 255],
    ]);
  });

  it("shows white where it is transparent", async () => {
    const clear = { create: { width: 16, height: 16, channels: 4 as const, background: "#00000000" } };
    const image = await decodeImageFile(await sharp(clear).png().toBuffer(), { width: 16, height: 16 }, "image");
    expect(pixel(image, 3, 3)).toEqual([255, 255, 255]);
  });

  it("with too many pixels is refused by its header", async () => {
    const bytes = await (await halves(16, 16)).png().toBuffer();
    bytes.writeUInt32BE(60_000, 16);
    bytes.writeUInt32BE(60_000, 20);
    await expect(decodeImageFile(bytes, { width: 16, height: 16 }, "image")).rejects.toMatchObject({
      code: "invalid_image",
      param: "image",
    });
  });

  it.each([
    ["text", Buffer.from("no image")],
    ["an SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ["nothing", Buffer.alloc(0)],
  ])("that is %s is refused by name", async (_, bytes) => {
    const reading = decodeImageFile(bytes, { width: 16, height: 16 }, "mask");
    await expect(reading).rejects.toMatchObject({ code: "invalid_image", param: "mask" });
  });

  it("that is cut short is refused", async () => {
    const bytes = await (await halves(256, 256)).jpeg().toBuffer();
    const reading = decodeImageFile(bytes.subarray(0, bytes.length / 2), { width: 16, height: 16 }, "image");
    await expect(reading).rejects.toMatchObject({ code: "invalid_image" });
  });
});

describe("a mask", () => {
  const size = { width: 16, height: 16 };

  it("marks by white", async () => {
    const data = new Uint8Array(256).fill(255, 0, 128);
    const bytes = await sharp(data, { raw: { ...size, channels: 1 } })
      .png()
      .toBuffer();
    const mask = await decodeMaskFile(bytes, size, "white", "mask");
    expect([mask.data.length, mask.data[0], mask.data[255]]).toEqual([256, 255, 0]);
  });

  it("marks by black: the same mask the other way round", async () => {
    const data = new Uint8Array(256).fill(255, 0, 128);
    const bytes = await sharp(data, { raw: { ...size, channels: 1 } })
      .png()
      .toBuffer();
    const mask = await decodeMaskFile(bytes, size, "black", "mask");
    expect([mask.data.length, mask.data[0], mask.data[255]]).toEqual([256, 0, 255]);
  });

  it("marks by transparency", async () => {
    const data = new Uint8Array(256 * 4).fill(0);
    for (let i = 128; i < 256; i++) data[4 * i + 3] = 255;
    const bytes = await sharp(data, { raw: { ...size, channels: 4 } })
      .png()
      .toBuffer();
    const mask = await decodeMaskFile(bytes, size, "transparent", "mask");
    expect([mask.data.length, mask.data[0], mask.data[255]]).toEqual([256, 255, 0]);
  });

  const gray = async (levels: Uint8Array, width: number, height: number) =>
    sharp(levels, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer();

  it("keeps its soft levels, and loses the noise in its black and white", async () => {
    const levels = new Uint8Array(256);
    levels.set([0, 7, 8, 100, 127, 128, 247, 248, 255]);
    const mask = await decodeMaskFile(await gray(levels, 16, 16), size, "white", "mask");
    expect([...mask.data.subarray(0, 9)]).toEqual([0, 0, 8, 100, 127, 128, 247, 255, 255]);
  });

  it("has no ripples where it is scaled: what is black stays 0", async () => {
    const levels = new Uint8Array(64 * 64).map((_, i) => (i % 64 < 32 ? 0 : 255));
    const { data } = await decodeMaskFile(await gray(levels, 64, 64), { width: 96, height: 96 }, "white", "mask");
    const row = [...data.subarray(96 * 40, 96 * 41)];
    expect(row.slice(0, 47).every((level) => level === 0)).toBe(true);
    expect(row.slice(49).every((level) => level === 255)).toBe(true);
  });

  it("is shrunk without losing a dot, and keeps what it keeps to the pixel, at any size", async () => {
    const dot = new Uint8Array(256 * 256);
    dot[256 * 100 + 37] = 255;
    const small = await decodeMaskFile(await gray(dot, 256, 256), size, "white", "mask");
    expect([...small.data.entries()].filter(([, level]) => level > 0)).toEqual([[16 * 6 + 2, 255]]);
    for (const own of [8, 16, 24, 32, 160]) {
      const half = new Uint8Array(own * own).map((_, i) => (i % own < own / 2 ? 255 : 0));
      const { data } = await decodeMaskFile(await gray(half, own, own), size, "white", "mask");
      const marked = [...data.subarray(16 * 9, 16 * 10)].map((level) => level > 0);
      expect(marked, `${own}`).toEqual(Array.from({ length: 16 }, (_, x) => x < 8));
    }
  });

  it.each([
    ["white", () => gray(new Uint8Array(256).fill(5), 16, 16)],
    ["black", () => gray(new Uint8Array(256).fill(250), 16, 16)],
    ["transparent", async () => (await halves(16, 16)).ensureAlpha().png().toBuffer()],
  ] as const)("that marks nothing by %s parts is refused", async (mode, bytes) => {
    await expect(decodeMaskFile(await bytes(), size, mode, "mask")).rejects.toThrow("mask marks nothing to draw");
  });

  it("that should mark by transparency and has none is refused", async () => {
    const bytes = await (await halves(16, 16)).png().toBuffer();
    await expect(decodeMaskFile(bytes, size, "transparent", "mask")).rejects.toThrow("without alpha");
  });
});

it.each([
  [100, 70, 96, 64],
  [2048, 1024, 1440, 720],
])("a reference of %d×%d is seen as %d×%d", async (width, height, seenWidth, seenHeight) => {
  const bytes = await (await halves(width, height)).png({ compressionLevel: 1 }).toBuffer();
  const seen = await decodeReferenceFile(bytes, "references.0");
  expect([seen.width, seen.height]).toEqual([seenWidth, seenHeight]);
  expect(seen.data.length).toBe(seenWidth * seenHeight * 3);
});
