import sharp from "sharp";
import { expect, it } from "vitest";
import { productPictures, renderPictures } from "./make-images.ts";

it("gives ten different pictures of the product, each with captions of its own", async () => {
  const pictures = await renderPictures();
  expect(new Set(pictures.map((picture) => picture.toString("base64"))).size).toBe(10);
  for (const picture of pictures) expect(await sharp(picture).metadata()).toMatchObject({ width: 256, height: 256 });
  const captions = productPictures.flatMap((picture) => picture.captions);
  expect(new Set(captions).size).toBe(captions.length);
  // English and Chinese for every picture.
  for (const picture of productPictures) {
    expect(picture.captions.some((caption) => /\p{Script=Han}/u.test(caption))).toBe(true);
    expect(picture.captions.some((caption) => /[a-z]/.test(caption))).toBe(true);
  }
});
