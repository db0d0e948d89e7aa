import sharp from "sharp";
import { expect, it } from "vitest";
import { readPngTexts, withPngText } from "./png-text.ts";

const png = () =>
  sharp({ create: { width: 4, height: 4, channels: 3, background: "red" } })
    .png()
    .toBuffer();

it.each([
  "a red fox\nSteps: 4, Seed: 7",
  "一只红狐\nSteps: 4",
  "naïve café",
  "🦊",
])("keeps %j, and the image", async (text) => {
  const written = withPngText(await png(), "parameters", text);
  expect(readPngTexts(written).get("parameters")).toBe(text);
  const { data } = await sharp(written).raw().toBuffer({ resolveWithObject: true });
  expect([...data.subarray(0, 3)]).toEqual([255, 0, 0]);
  // Another reader: libpng checks each chunk's checksum.
  expect((await sharp(written).metadata()).comments?.map(({ keyword }) => keyword)).toEqual(["parameters"]);
});

it("reads nothing from another file, a damaged one, or a text that inflates without end", async () => {
  expect(readPngTexts(Buffer.from("no image")).size).toBe(0);
  expect(withPngText(Buffer.from("no image"), "parameters", "x").toString()).toBe("no image");
  const { deflateSync } = await import("node:zlib");
  const bomb = Buffer.concat([Buffer.from("zTXtparameters\0\0"), deflateSync(Buffer.alloc(10_000_000))]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bomb.length - 4);
  const whole = await png();
  const file = Buffer.concat([whole.subarray(0, 33), length, bomb, Buffer.alloc(4), whole.subarray(33)]);
  expect(readPngTexts(file).size).toBe(0);
  expect(readPngTexts(file.subarray(0, 60)).size).toBe(0);
});
