import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runtime } from "../../../test/support/engine/run-graph.ts";
import type { RgbImage } from "../../pipeline/image.ts";
import { openWatermark, type Watermark } from "../../watermark/watermark.ts";
import { watermarkPayload } from "../../watermark/watermark-payload.ts";
import { watermarkTask } from "./watermark-task.ts";
import { writeWatermark } from "./write-watermark.ts";

/** A pair trained here, by the worker's own slot: what it costs, and what it survives. */

const folder = mkdtempSync(join(tmpdir(), "watermark-"));
const losses: number[] = [];
const payload = watermarkPayload({ deployment: "shop", job: "job_1" });
let watermark: Watermark;
beforeAll(async () => {
  const task = watermarkTask(runtime, { seed: 1, steps: 12, batchSize: 8, learningRate: 5e-4 });
  let state = task.initialState();
  for (let step = 0; step < task.steps; step++) {
    const result = await task.step(state);
    state = result.state;
    losses.push(result.loss);
  }
  await task.release();
  watermark = (await openWatermark(await writeWatermark(folder, state), runtime))!;
}, 120_000);
afterAll(async () => {
  await watermark.release();
  rmSync(folder, { recursive: true });
});

const side = 768;
const pixels = async (image: Sharp): Promise<RgbImage> => {
  const { data, info } = await image.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
};
const sharpOf = ({ data, width, height }: RgbImage) => sharp(data, { raw: { width, height, channels: 3 } });

/** A part of the images in the documentation. */
async function part(left: number): Promise<RgbImage> {
  const strip = sharp("docs/first-pictures.png").extract({ left, top: 0, width: 128, height: 128 });
  return pixels(sharp(await strip.png().toBuffer()).resize(side, side));
}

const edge = Math.round(side * 0.05);
const kept = side - 2 * edge;
const changes: { readonly [name: string]: (image: RgbImage) => Promise<RgbImage> } = {
  nothing: async (image) => image,
  "JPEG at quality 70": async (image) => pixels(sharp(await sharpOf(image).jpeg({ quality: 70 }).toBuffer())),
  "half the size": (image) => pixels(sharpOf(image).resize(side / 2, side / 2)),
  "a tenth cut off, evenly": (image) =>
    pixels(sharpOf(image).extract({ left: edge, top: edge, width: kept, height: kept })),
  "a tenth cut off at a corner": (image) =>
    pixels(sharpOf(image).extract({ left: 2 * edge, top: 2 * edge, width: kept, height: kept })),
};

it.each(Object.entries(changes))("is read after %s", async (_, change) => {
  for (const left of [0, 390, 780]) {
    const image = await part(left);
    expect(await watermark.read(await change(await watermark.embed(image, payload)))).toEqual(payload);
    expect((await watermark.read(await change(image)))?.deployment).not.toBe(payload.deployment);
  }
});

it("can hardly be seen, and is the same every time", async () => {
  const image = await part(130);
  const marked = await watermark.embed(image, payload);
  const error = image.data.reduce((sum, value, i) => sum + (value - marked.data[i]!) ** 2, 0) / image.data.length;
  expect(10 * Math.log10(255 ** 2 / error)).toBeGreaterThan(38);
  expect((await watermark.embed(image, payload)).data).toEqual(marked.data);
});

it("is in the middle square of an image that is more than twice as wide as high", async () => {
  const wide = await pixels(sharpOf(await part(0)).resize(1_200, 400, { fit: "fill" }));
  const marked = await watermark.embed(wide, payload);
  expect(marked.data.subarray(0, 3 * 399)).toEqual(wide.data.subarray(0, 3 * 399));
  expect(await watermark.read(marked)).toEqual(payload);
});

it("trains: bits that were written are read better than at the start", () => {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  expect(mean(losses.slice(-3))).toBeLessThan(mean(losses.slice(0, 3)));
});
