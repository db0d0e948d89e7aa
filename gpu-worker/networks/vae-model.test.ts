import { afterAll, expect, it } from "vitest";
import { expectClose, goldenCheckpoint, goldenTensors } from "../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../test/support/engine/run-graph.ts";
import { tensor } from "../tensor.ts";
import { loadVae } from "./vae-model.ts";

const vae = await loadVae(goldenCheckpoint("tiny-turbo/vae"), runtime);
const golden = goldenTensors("vae_encode");
const withoutBatch = (name: string) => {
  const { data, shape } = golden.floats(name);
  return tensor(data, shape.slice(1));
};
afterAll(() => vae.release());

it("decodes as the reference does", async () => {
  const image = await vae.decode(withoutBatch("decode_input"));
  expect(image.shape).toEqual([3, 96, 128]);
  expectClose(image.data, golden.floats("decoded").data, 1e-4);
});

it("encodes as the reference does", async () => {
  const { mean, logvar } = await vae.encode(withoutBatch("pixels"));
  expect(mean.shape).toEqual([16, 12, 16]);
  expectClose(mean.data, golden.floats("mean").data, 1e-4);
  expectClose(logvar.data, golden.floats("logvar").data, 1e-4);
});

it("serves several sizes in one session", async () => {
  for (const [h, w] of [
    [2, 2],
    [8, 32],
    [20, 6],
  ] as const) {
    expect((await vae.decode(tensor(new Float32Array(16 * h * w), [16, h, w]))).shape).toEqual([3, 8 * h, 8 * w]);
    expect((await vae.encode(tensor(new Float32Array(3 * 64 * h * w), [3, 8 * h, 8 * w]))).mean.shape).toEqual([
      16,
      h,
      w,
    ]);
  }
});

it("refuses tensors of another shape", async () => {
  await expect(vae.decode(tensor(new Float32Array(12), [3, 2, 2]))).rejects.toThrow(
    "expected a latents tensor [16, height, width]",
  );
  await expect(vae.encode(tensor(new Float32Array(3 * 8 * 12), [3, 8, 12]))).rejects.toThrow(
    "multiples of 8, got [3,8,12]",
  );
});
