import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { expectClose, goldenCheckpoint, goldenTensors } from "../../test/support/engine/golden-tensors.ts";
import { recordingRuntime } from "../../test/support/engine/recording-runtime.ts";
import { runtime } from "../../test/support/engine/run-graph.ts";
import { loadVisionEncoder } from "./vision-encoder-model.ts";

const folder = goldenCheckpoint("tiny-omni/siglip");

it("sees what the reference sees, a vector for each patch of the image's own grid", async () => {
  const golden = goldenTensors("omni_edit1");
  const image = { width: 80, height: 96, data: Uint8Array.from(golden.integers("cond_image_u8.0")) };
  const encoder = await loadVisionEncoder(folder, folder, runtime);
  const features = await encoder.encode(image);
  const expected = golden.floats("siglip_feats.0");
  expect(features.shape).toEqual(expected.shape);
  expectClose(features.data, expected.data, 1e-4);
  await encoder.release();
});

it("opens its session for the first image, one for all proportions", async () => {
  const recording = recordingRuntime((feeds) => ({
    features: {
      dtype: "float32",
      data: new Float32Array(feeds.patches!.dims[1]! * 48),
      dims: [1, feeds.patches!.dims[1]!, 48],
    },
  }));
  const encoder = await loadVisionEncoder(folder, folder, recording);
  expect(recording.open).toBe(0);
  for (const [width, height] of [
    [64, 64],
    [128, 32],
  ] as const) {
    const { shape } = await encoder.encode({ width, height, data: new Uint8Array(width * height * 3) });
    expect(shape[1]! / shape[0]!).toBeCloseTo(width / height, 0);
  }
  expect(recording.open).toBe(1);
  await encoder.release();
  expect(recording.open).toBe(0);
});

/** The checkpoint with one of its files changed. */
function changed(file: string, changes: object): string {
  const copy = temporaryFolder();
  cpSync(folder, copy, { recursive: true });
  const path = join(copy, file);
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...changes }));
  return copy;
}

it.each([
  ["preprocessor_config.json", { resample: 3 }, "resample: expected 2, bilinear"],
  ["preprocessor_config.json", { image_mean: [0.48, 0.45, 0.4] }, "image_mean"],
  ["config.json", { num_patches: 25 }, "expected a tensor embeddings.position_embedding.weight [25, 48]"],
])("refuses %s with %j", async (file, changes, message) => {
  const copy = changed(file, changes);
  await expect(
    loadVisionEncoder(
      copy,
      copy,
      recordingRuntime(() => ({})),
    ),
  ).rejects.toThrow(message);
});
