import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { loadTrainingImage } from "./load-training-image.ts";

const folder = temporaryFolder();

it("loads an image at the size of its bucket: covering, cropped to the middle, on white", async () => {
  const stripes = Buffer.alloc(30 * 10 * 4); // left third red, middle third transparent, right third blue
  for (let i = 0; i < 300; i++) {
    const third = Math.floor((i % 30) / 10);
    stripes.set(third === 0 ? [255, 0, 0, 255] : third === 1 ? [0, 0, 0, 0] : [0, 0, 255, 255], i * 4);
  }
  const bytes = await sharp(stripes, { raw: { width: 30, height: 10, channels: 4 } })
    .png()
    .toBuffer();
  await writeFile(join(folder, "stripes.png"), bytes);
  const middle = await loadTrainingImage(join(folder, "stripes.png"), { width: 16, height: 16 });
  expect(middle.data.length).toBe(16 * 16 * 3);
  expect([...middle.data.subarray((8 * 16 + 8) * 3, (8 * 16 + 9) * 3)]).toEqual([255, 255, 255]);
  const whole = await loadTrainingImage(join(folder, "stripes.png"), { width: 48, height: 16 });
  expect([...whole.data.subarray(0, 3)]).toEqual([255, 0, 0]);
  expect([...whole.data.subarray(-3)]).toEqual([0, 0, 255]);
});

it("turns an image as EXIF asks, before it is scaled", async () => {
  // The left half is white; a quarter turn clockwise brings it to the top.
  const halves = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (Math.floor(i / 3) % 32 < 16 ? 255 : 0));
  const path = join(folder, "turned.png");
  await sharp(halves, { raw: { width: 32, height: 32, channels: 3 } })
    .withMetadata({ orientation: 6 })
    .toFile(path);
  const { data } = await loadTrainingImage(path, { width: 32, height: 32 });
  expect([data[0], data.at(-1)]).toEqual([255, 0]);
  expect(data[31 * 3]).toBe(255); // the right end of the first row
});

it("does not decode more pixels than allowed", async () => {
  const path = join(folder, "bomb.png");
  await sharp({ create: { width: 1000, height: 1000, channels: 3, background: "red" } }).toFile(path);
  await expect(loadTrainingImage(path, { width: 64, height: 64 }, 999_999)).rejects.toThrow("exceeds pixel limit");
});
