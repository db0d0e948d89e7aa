import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { imageDefect } from "./image-defect.ts";

const noise = sharp({
  create: { width: 96, height: 64, channels: 3, background: "red", noise: { type: "gaussian", mean: 128, sigma: 40 } },
});
const files = {
  png: await noise.clone().png().toBuffer(),
  jpeg: await noise
    .clone()
    .withExif({ IFD0: { Copyright: "x" } })
    .jpeg({ progressive: true })
    .toBuffer(),
  webp: await noise.clone().webp().toBuffer(),
  avif: await noise.clone().avif().toBuffer(),
};

describe.each(Object.entries(files))("%s", (name, file) => {
  const format = name as keyof typeof files;

  it("is whole, also with something behind its end, and within a larger buffer", () => {
    expect(imageDefect(file, format)).toBeUndefined();
    const larger = Buffer.concat([Buffer.alloc(7), file]);
    expect(imageDefect(larger.subarray(7), format)).toBeUndefined();
    if (format !== "avif") expect(imageDefect(Buffer.concat([file, Buffer.from("trailer")]), format)).toBeUndefined();
  });

  it("is cut off, wherever that is behind the header", () => {
    for (let length = 40; length < file.length; length += format === "avif" ? 1 : 1 + Math.floor(file.length / 50)) {
      expect([length, imageDefect(file.subarray(0, length), format)]).toEqual([
        length,
        expect.stringMatching(/cut off/),
      ]);
    }
    expect(imageDefect(file.subarray(0, -1), format)).toMatch(/cut off/);
  });
});

it("tells a PNG whose pixels were changed from one whose text was", () => {
  const at = files.png.indexOf("IDAT");
  const changed = Buffer.from(files.png);
  changed[at + 20]! ^= 1;
  expect(imageDefect(changed, "png")).toBe("is damaged: its IDAT chunk has another checksum than its content");
  // tEXt of one byte, with a wrong checksum, before IDAT.
  const text = Buffer.from([0, 0, 0, 1, ...Buffer.from("tEXt"), 65, 0, 0, 0, 0]);
  const noted = Buffer.concat([files.png.subarray(0, at - 4), text, files.png.subarray(at - 4)]);
  expect(imageDefect(noted, "png")).toBeUndefined();
});

it("takes the end of a thumbnail for no end of the image", () => {
  const app1 = Buffer.from([0xff, 0xe1, 0, 6, 0xff, 0xd9, 0xff, 0xd9]);
  const file = Buffer.concat([files.jpeg.subarray(0, 2), app1, files.jpeg.subarray(2, -2)]);
  expect(imageDefect(file, "jpeg")).toMatch(/cut off/);
});

it("ends soon, whatever the file is made of", () => {
  const chunk = Buffer.from([0, 0, 0, 0, ...Buffer.from("tEXt"), 0, 0, 0, 0]);
  const file = Buffer.concat([files.png.subarray(0, 33), ...Array<Buffer>(150_000).fill(chunk)]);
  expect(imageDefect(file, "png")).toMatch(/more than 100000 parts/);
  expect(imageDefect(Buffer.alloc(1_000_000, Buffer.from([0, 0, 0, 8, 1, 1, 1, 1])), "avif")).toMatch(/parts/);
});
