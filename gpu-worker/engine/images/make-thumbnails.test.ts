import sharp from "sharp";
import { expect, it } from "vitest";
import { imageFormats } from "../../../shared/request/image-request.ts";
import { imageTexts } from "../../provenance/image-texts.ts";
import { encodeImageFile } from "./encode-image-file.ts";
import { makeThumbnails } from "./make-thumbnails.ts";

/** Red on the left, blue on the right. */
function drawn(width: number, height: number) {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data[3 * i + (i % width < width / 2 ? 0 : 2)] = 255;
  const image = { data, width, height };
  const origin = { model: "z-image", request: { prompt: "a secret fox" } };
  const params = { width, height, steps: 8, guidance: 0 };
  return { image, texts: imageTexts(image, { params, prompt: "a secret fox", seed: 1, isComposite: false, origin }) };
}

it.each(imageFormats)("shrinks a %s to its longest side, and keeps its marks without the request", async (format) => {
  const { image, texts } = drawn(1_024, 640);
  const file = await encodeImageFile(image, format, { texts });
  const made = await makeThumbnails(file, image);
  expect(made.map(({ side }) => side)).toEqual([256, 512]);
  for (const { side, bytes } of made) {
    const { width, height, format: written, xmp } = await sharp(bytes).metadata();
    expect([width, height, written]).toEqual([side, (side * 640) / 1_024, "webp"]);
    expect(xmp?.toString()).toContain("trainedAlgorithmicMedia");
    expect(Buffer.from(bytes).includes("secret fox")).toBe(false);
    const [red] = await sharp(bytes).extract({ left: 4, top: 4, width: 1, height: 1 }).removeAlpha().raw().toBuffer();
    expect(red).toBeGreaterThan(240);
  }
});

it.each([
  [256, 128, []],
  [272, 16, [256]],
  [512, 512, [256]],
  [64, 513, [256, 512]],
])("makes of %i × %i what is smaller than it: %o", async (width, height, sides) => {
  const { image } = drawn(width, height);
  const made = await makeThumbnails(await encodeImageFile(image, "png"), image);
  expect(made.map(({ side }) => side)).toEqual(sides);
});
