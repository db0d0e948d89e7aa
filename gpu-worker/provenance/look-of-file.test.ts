import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { expect, it } from "vitest";
import { bucketOf, hashDistance } from "../../shared/provenance/perceptual-hash.ts";
import { lookOfFile } from "./look-of-file.ts";

const sheet = join(import.meta.dirname, "../../models/zimage-tiny/samples.webp");
/** One image of the sheet, whose images are 128 × 128 with 2 pixels between them. */
const tile = (x: number, y: number) =>
  sharp(sheet).extract({ left: 2 + 130 * x, top: 2 + 130 * y, width: 128, height: 128 });

it.each<[string, (file: Buffer) => Sharp]>([
  ["as JPEG of quality 70", (file) => sharp(file).jpeg({ quality: 70 })],
  ["as WebP of half its size", (file) => sharp(file).resize(64).webp({ quality: 80 })],
  ["as AVIF of twice its size", (file) => sharp(file).resize(256).avif()],
])("knows an image again %s", async (_, change) => {
  for (const [x, y] of [
    [0, 0],
    [5, 3],
    [9, 11],
  ] as const) {
    const file = await tile(x, y).png().toBuffer();
    const [before, after] = [await lookOfFile(file), await lookOfFile(await change(file).toBuffer())];
    expect(hashDistance(before!.hash, after!.hash)).toBeLessThanOrEqual(20);
    expect(after!.buckets).toContain(bucketOf(before!.hash));
  }
});

it("tells other images apart", async () => {
  const [a, b] = [
    await lookOfFile(await tile(0, 0).png().toBuffer()),
    await lookOfFile(await tile(5, 3).png().toBuffer()),
  ];
  expect(hashDistance(a!.hash, b!.hash)).toBeGreaterThan(60);
});

it("has no look of one colour, and of no image", async () => {
  const red = sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } });
  expect(await lookOfFile(await red.png().toBuffer())).toBeUndefined();
  expect(await lookOfFile(Buffer.from("no image"))).toBeUndefined();
});

it("looks at a file with a changed byte as viewers show it", async () => {
  const file = await tile(0, 0).png().toBuffer();
  const changed = Buffer.from(file);
  changed[changed.length - 30]! ^= 1;
  const [before, after] = [await lookOfFile(file), await lookOfFile(changed)];
  expect(hashDistance(before!.hash, after!.hash)).toBeLessThanOrEqual(20);
});
