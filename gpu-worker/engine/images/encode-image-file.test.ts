import sharp from "sharp";
import { expect, it } from "vitest";
import { encodeImageFile } from "./encode-image-file.ts";

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
])("writes a PNG that another decoder reads back exactly, %d×%d", async (width, height) => {
  const image = gradient(width, height);
  const { data, info } = await sharp(await encodeImageFile(image, "png"))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width, height, channels: 3 });
  expect(Buffer.compare(data, image.data)).toBe(0);
});

it.each(["jpeg", "webp", "avif"] as const)("writes %s of the same size", async (format) => {
  const bytes = await encodeImageFile(gradient(64, 48), format);
  const metadata = await sharp(bytes).metadata();
  expect(metadata).toMatchObject({ width: 64, height: 48, format: format === "avif" ? "heif" : format });
});

it("takes the quality asked for", async () => {
  const image = gradient(128, 128);
  const [low, high] = [await encodeImageFile(image, "jpeg", 20), await encodeImageFile(image, "jpeg", 95)];
  expect(low.length).toBeLessThan(high.length / 2);
});
