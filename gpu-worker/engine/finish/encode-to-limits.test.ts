import sharp from "sharp";
import { describe, expect, it } from "vitest";
import type { ImageFormat } from "../../../shared/job.ts";
import { productPhotos } from "../../../test/support/catalogue/product-photos.ts";
import type { RgbaImage, RgbImage } from "../../pipeline/image.ts";
import { decodeImageFile } from "../images/decode-image-file.ts";
import { encodeToLimits } from "./encode-to-limits.ts";

/** Saturated colours and fine noise: what lossy formats keep worst. */
const noisy: RgbImage = (() => {
  const data = new Uint8Array(3 * 128 * 128);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (1_103_515_245 * state + 12_345) % 2 ** 31;
    data[i] = i % 3 === 0 ? 200 + (state % 50) : state % 80;
  }
  return { data, width: 128, height: 128 };
})();

function solid({ data, width, height }: RgbImage): RgbaImage {
  const rgba = new Uint8Array(4 * width * height);
  for (let at = 0; at < width * height; at++) rgba.set([...data.subarray(3 * at, 3 * at + 3), 255], 4 * at);
  return { data: rgba, width, height };
}

describe("a product", () => {
  it.each([
    ["png", 100, undefined],
    ["jpeg", 90, 100],
    ["webp", 80, 101],
    ["avif", 60, 101],
  ] as const)("is kept to 45 dB in %s, by a quality above %i if it has to be", async (format, quality, needed) => {
    const encoded = await encodeToLimits(noisy, { format, quality, product: solid(noisy) });
    expect(encoded.productPsnr).toBeGreaterThanOrEqual(45);
    if (needed !== undefined) expect(encoded.quality).toBeLessThanOrEqual(needed);
    const { data } = await sharp(encoded.bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect(Buffer.compare(data, Buffer.from(encoded.decoded.data))).toBe(0);
  });

  it("that has changed is refused, whatever the quality", async () => {
    const product = solid({ ...noisy, data: noisy.data.map((level) => level ^ 8) });
    const limits = { format: "png", quality: 100, product } as const;
    await expect(encodeToLimits(noisy, limits)).rejects.toMatchObject({ code: "product_changed", retryable: false });
  });

  it("goes before the byte limit", async () => {
    const limits = { format: "jpeg", quality: 90, maxBytes: 4_000, product: solid(noisy) } as const;
    await expect(encodeToLimits(noisy, limits)).rejects.toMatchObject({
      code: "max_bytes_exceeded",
      message: expect.stringContaining("with the product kept to 45 dB"),
    });
  });
});

describe("a byte limit", () => {
  const photo = async () => decodeImageFile(await productPhotos.shadow(), { width: 400, height: 400 }, "image");
  const bytesAt = async (format: ImageFormat, quality: number) =>
    (await encodeToLimits(await photo(), { format, quality })).bytes.length;

  it("is met by the best quality that meets it", async () => {
    const maxBytes = await bytesAt("jpeg", 75);
    const { bytes, quality } = await encodeToLimits(await photo(), { format: "jpeg", quality: 95, maxBytes });
    expect(bytes.length).toBeLessThanOrEqual(maxBytes);
    expect(quality).toBeGreaterThanOrEqual(75);
    expect(await bytesAt("jpeg", quality! + 1)).toBeGreaterThan(maxBytes);
  });

  it("leaves alone what meets it", async () => {
    expect(await encodeToLimits(await photo(), { format: "webp", quality: 80, maxBytes: 1e6 })).toMatchObject({
      quality: 80,
    });
  });

  it.each(["png", "jpeg"] as const)("that %s cannot meet is refused in words", async (format) => {
    const limits = { format, quality: 90, maxBytes: 1_000 };
    await expect(encodeToLimits(await photo(), limits)).rejects.toMatchObject({
      code: "max_bytes_exceeded",
      param: "finish.max_bytes",
      message: expect.stringMatching(/has \d+ bytes.* 1000 .*raise max_bytes/),
    });
  });
});
