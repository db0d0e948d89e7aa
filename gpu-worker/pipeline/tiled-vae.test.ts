import { join } from "node:path";
import { expect, it } from "vitest";
import { defaultModel } from "../../models/default-model.ts";
import { loadVae } from "../networks/vae-model.ts";
import { createNodeRuntime } from "../runtime/onnx-session.ts";
import { type Tensor, tensor } from "../tensor.ts";
import type { Vae } from "./components.ts";
import { noiseLatents } from "./latents.ts";
import { tiledVae, tileStarts } from "./tiled-vae.ts";

it("covers an axis with tiles that overlap by at least what was asked", () => {
  expect(tileStarts(64, 64, 16)).toEqual([0]);
  expect(tileStarts(65, 64, 16)).toEqual([0, 1]);
  for (let size = 65; size < 300; size++) {
    const starts = tileStarts(size, 64, 16);
    expect(starts[0]).toBe(0);
    expect(starts.at(-1)! + 64).toBe(size);
    for (const [index, start] of starts.slice(1).entries())
      expect(starts[index]! + 64 - start).toBeGreaterThanOrEqual(16);
  }
});

/**
 * Each latent's first channel becomes 8×8 equal pixels, and back: nothing depends on neighbours, so tiles must change
 * nothing.
 */
const local: Vae = {
  scalingFactor: 1,
  shiftFactor: 0,
  decode: async ({ data, shape: [, h = 0, w = 0] }) => {
    const pixel = (index: number) => data[Math.floor(index / (8 * w) / 8) * w + Math.floor((index % (8 * w)) / 8)]!;
    return tensor(
      Float32Array.from({ length: 64 * h * w }, (_, index) => pixel(index)),
      [1, 8 * h, 8 * w],
    );
  },
  encode: async ({ data, shape: [, height = 0, width = 0] }) => {
    const w = width / 8;
    const length = (height / 8) * w;
    const latent = (index: number) => data[Math.floor(index / w) * 8 * width + (index % w) * 8]!;
    const mean = tensor(
      Float32Array.from({ length }, (_, index) => latent(index)),
      [1, height / 8, w],
    );
    return { mean, logvar: mean };
  },
  release: async () => {},
};

it("changes nothing where pixels do not depend on one another, whatever the size", async () => {
  for (const [h, w] of [
    [8, 8],
    [9, 31],
    [24, 17],
  ] as const) {
    const z = tensor(
      Float32Array.from({ length: h * w }, (_, index) => Math.sin(index)),
      [1, h, w],
    );
    const whole = await local.decode(z);
    expect(difference(await tiledVae(local, 8).decode(z), whole).largest).toBeLessThan(1e-6);
    const { mean } = await tiledVae(local, 8).encode(whole);
    expect(mean.shape).toEqual(z.shape);
    expect(difference(mean, z).largest).toBeLessThan(1e-6);
  }
});

it("stays close to the untiled with a trained autoencoder, and shows no seams", async () => {
  const vae = await loadVae(join(defaultModel.dir, "vae"), createNodeRuntime());
  const z = smooth(noiseLatents(1, 384, 384));
  const whole = await vae.decode(z);
  const tiled = await tiledVae(vae, 32).decode(z);
  const { mean } = difference(tiled, whole);
  // Group norms see one tile at a time, so tones shift a little: the values' own mean size is 0.39.
  expect(mean).toBeLessThan(0.05);
  // A seam is a jump between neighbours that the untiled image has not: more of it where tiles begin and end than
  // elsewhere.
  const excess = (columns: readonly number[]) => meanJump(tiled, columns) - meanJump(whole, columns);
  const elsewhere = Array.from({ length: 380 }, (_, index) => index + 2).filter((column) => column % 128 !== 0);
  expect(Math.abs(excess([128, 256]) - excess(elsewhere))).toBeLessThan(0.05 * meanJump(whole, elsewhere));
  await vae.release();
}, 180_000);

/** Noise blurred over neighbours: latents of no image, but neither of pure noise. */
function smooth({ data, shape }: Tensor): Tensor {
  const [channels, h, w] = shape as [number, number, number];
  const at = (c: number, y: number, x: number) => data[(c * h + ((y + h) % h)) * w + ((x + w) % w)]!;
  const out = new Float32Array(data.length);
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++) {
        let sum = 0;
        for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) sum += at(c, y + dy, x + dx);
        out[(c * h + y) * w + x] = sum / 3;
      }
  return tensor(out, shape);
}

function difference(a: Tensor, b: Tensor): { largest: number; mean: number } {
  expect(a.shape).toEqual(b.shape);
  let largest = 0;
  let sum = 0;
  for (let index = 0; index < a.data.length; index++) {
    const distance = Math.abs(a.data[index]! - b.data[index]!);
    largest = Math.max(largest, distance);
    sum += distance;
  }
  return { largest, mean: sum / a.data.length };
}

/** Mean absolute difference between each pixel of the columns and its left neighbour. */
function meanJump({ data, shape }: Tensor, columns: readonly number[]): number {
  const [channels, height, width] = shape as [number, number, number];
  let sum = 0;
  for (let line = 0; line < channels * height; line++)
    for (const column of columns) sum += Math.abs(data[line * width + column]! - data[line * width + column - 1]!);
  return sum / (channels * height * columns.length);
}
