import sharp from "sharp";
import { expect, it } from "vitest";
import { seededBytes } from "../../../test/support/seeded-random.ts";
import type { GenerateParams } from "../../engine.ts";
import type { RgbImage } from "../../pipeline/image.ts";
import { finishedSize, finishImage } from "./finish-image.ts";

const params: GenerateParams = {
  prompt: "a cup",
  width: 64,
  height: 32,
  steps: 4,
  guidance: 0,
  cfgNormalization: false,
  cfgTruncation: 1,
  seed: 1,
  format: "png",
  preview: false,
};
const drawn: RgbImage = { width: 64, height: 32, data: seededBytes(1, 3 * 64 * 32) };
const tools = { putBack: async (image: RgbImage) => image, texts: () => undefined };

async function finish(changes: Partial<GenerateParams>, more: Partial<Parameters<typeof finishImage>[2]> = {}) {
  const finished = await finishImage(drawn, { ...params, ...changes }, { ...tools, ...more });
  const { data, info } = await sharp(finished.bytes).raw().toBuffer({ resolveWithObject: true });
  return { ...finished, pixels: new Uint8Array(data), info };
}

it("writes what was drawn where nothing else is asked for, and measures nothing", async () => {
  const { pixels, info, checks } = await finish({});
  expect([info.width, info.height, checks]).toEqual([64, 32, undefined]);
  expect(Buffer.compare(pixels, drawn.data)).toBe(0);
});

it("puts back what is kept at the size of the file, and only where that is another size", async () => {
  const sizes: string[] = [];
  const putBack = async (image: RgbImage) => {
    sizes.push(`${image.width}x${image.height}`);
    return { ...image, data: image.data.map(() => 9) };
  };
  const { pixels, info } = await finish({ finish: { size: "100x50" } }, { putBack });
  expect([info.width, info.height, sizes]).toEqual([100, 50, ["100x50"]]);
  expect(new Set(pixels)).toEqual(new Set([9]));
  await finish({ finish: { size: "64x32" } }, { putBack });
  expect(sizes).toHaveLength(1);
});

it("says in the file what belongs to the finished image", async () => {
  const seen: number[] = [];
  await finish({ finish: { size: "100x50" } }, { texts: (image) => void seen.push(image.width) });
  expect(new Set(seen)).toEqual(new Set([100]));
});

it("measures where checks are asked for, and tells the quality of a file that was kept to its limit", async () => {
  expect((await finish({ checks: {} })).checks).toMatchObject({ dhash: expect.stringMatching(/^[\da-f]{16}$/) });
  const jpeg = { checks: {}, format: "jpeg", quality: 95 } as const;
  const free = await finish(jpeg);
  const limit = free.bytes.length - 1;
  const { bytes, checks } = await finish({ ...jpeg, finish: { max_bytes: limit } });
  expect([free.checks!.quality, bytes.length <= limit]).toEqual([95, true]);
  expect(checks!.quality).toBeLessThan(95);
  expect((await finish({ format: "jpeg", finish: { max_bytes: 20_000 } })).checks).toBeUndefined();
});

it("knows the size of the file before anything is drawn", () => {
  expect(finishedSize(params)).toEqual({ width: 64, height: 32 });
  expect(finishedSize({ ...params, finish: { size: "1000x500" } })).toEqual({ width: 1000, height: 500 });
});
