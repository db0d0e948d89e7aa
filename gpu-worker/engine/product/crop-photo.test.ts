import sharp from "sharp";
import { expect, it } from "vitest";
import { cropPhoto } from "./crop-photo.ts";

/** 8 × 4 pixels: the left half is red, the right half blue, and its last column transparent. */
const photo = await sharp(
  Uint8Array.from({ length: 32 }, (_, i) => i % 8).reduce((data, x, i) => {
    data.set(x < 4 ? [255, 0, 0, 255] : [0, 0, 255, x === 7 ? 0 : 255], 4 * i);
    return data;
  }, new Uint8Array(128)),
  { raw: { width: 8, height: 4, channels: 4 } },
)
  .png()
  .toBuffer();

it("takes the part in its own pixels, where that is the size asked for", async () => {
  const crop = { x: 0.25, y: 0, width: 0.5, height: 0.5 };
  const { image, warnings } = await cropPhoto({ image: photo, crop }, { width: 4, height: 2 });
  const row = [255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255];
  expect([...image.data]).toEqual([...row, ...row]);
  expect(warnings).toEqual([]);
});

it("puts transparency on white, and says when it enlarges", async () => {
  const crop = { x: 0.875, y: 0, width: 0.125, height: 0.25 };
  const { image, warnings } = await cropPhoto({ image: photo, crop }, { width: 2, height: 2 });
  expect([...image.data]).toEqual(new Array(12).fill(255));
  expect(warnings).toMatchObject([{ message: expect.stringContaining("1×1, was enlarged 2.0 times") }]);
});
