import sharp from "sharp";
import { expect, it } from "vitest";
import { productImages, renderImages } from "./make-images.ts";

it("gives ten different images of the product, each with captions of its own", async () => {
  const images = await renderImages();
  expect(new Set(images.map((image) => image.toString("base64"))).size).toBe(10);
  for (const image of images) expect(await sharp(image).metadata()).toMatchObject({ width: 256, height: 256 });
  const captions = productImages.flatMap((image) => image.captions);
  expect(new Set(captions).size).toBe(captions.length);
  // English and Chinese for every image.
  for (const image of productImages) {
    expect(image.captions.some((caption) => /\p{Script=Han}/u.test(caption))).toBe(true);
    expect(image.captions.some((caption) => /[a-z]/.test(caption))).toBe(true);
  }
});
