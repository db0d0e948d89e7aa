import { expect, it } from "vitest";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { recordingRuntime, unchanged } from "../../../test/support/engine/recording-runtime.ts";
import { type VaeConfig, vaeConfig } from "../../graph/architectures/z-image-config.ts";
import type { RgbImage } from "../../pipeline/image.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { readJsonFile } from "../../weights/folder/json-file.ts";
import { readTensor } from "../../weights/tensor-values.ts";
import type { TrainingData } from "../data/training-data.ts";
import { type VaeTaskOptions, vaeInitialWeight, vaeTask } from "./vae-task.ts";

const config: VaeConfig = {
  imageChannels: 3,
  latentChannels: 2,
  blockOutChannels: [2, 2, 2, 2],
  layersPerBlock: 1,
  norm: { groups: 1, eps: 1e-6 },
  scalingFactor: 1,
  shiftFactor: 0,
};
const options: VaeTaskOptions = {
  seed: 1,
  steps: 10,
  learningRate: { peak: 1e-3, warmup: 0, constantUntil: 0, finalFraction: 0 },
  emaDecay: 0.3,
  clipNorm: 1,
  kl: { weight: 0.5, rampSteps: 4 },
  batches: [{ side: 8, batchSize: 2, share: 1 }],
};

/** One image whose pixels say where they are: red is the column, green the row. */
const [width, height] = [11, 10];
const image: RgbImage = {
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [pixel % width, Math.floor(pixel / width), 255][i % 3]!;
  }),
};
const data: TrainingData = {
  fingerprint: "",
  imageCount: 1,
  size: () => image,
  image: async () => image,
  exampleCount: 1,
  caption: () => ({ text: "", image: 0 }),
};

function open(changes: Partial<VaeTaskOptions> = {}) {
  const runtime = recordingRuntime((feeds) => unchanged(feeds, { loss: 7, grad_norm: 2, mse: 0.25, kl: 3 }));
  const task = vaeTask(config, data, runtime, { ...options, ...changes });
  const steps = async (count: number, from = 0) => {
    const results: Awaited<ReturnType<typeof task.step>>[] = [];
    let state = { ...task.initialState(), step: from };
    for (let step = 0; step < count; step++) {
      results.push(await task.step(state));
      state = results.at(-1)!.state;
    }
    return results;
  };
  return { task, steps, runtime };
}

it("begins with a narrow posterior: log-variance −5 whatever the image", () => {
  expect(vaeInitialWeight(1, "encoder.conv_out.bias", [4]).data).toEqual(Float32Array.of(0, 0, -5, -5));
  const { data: weights } = vaeInitialWeight(1, "encoder.conv_out.weight", [4, 100, 3, 3]);
  const largest = (part: Float32Array) => part.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const half = weights.length / 2;
  expect(largest(weights.subarray(half)) / largest(weights.subarray(0, half))).toBeCloseTo(0.05, 2);
  expect(vaeInitialWeight(1, "decoder.conv_norm_out.weight", [2]).data).toEqual(Float32Array.of(1, 1));
  expect(vaeInitialWeight(1, "decoder.conv_in.bias", [2]).data).toEqual(Float32Array.of(0, 0));
});

it("cuts crops from all over an image, mirrored or not", async () => {
  const { steps, runtime } = open();
  await steps(20);
  const seen = { left: new Set<number>(), top: new Set<number>(), mirrored: new Set<boolean>() };
  for (const { image: crops } of runtime.runs) {
    expect(crops!.dims).toEqual([2, 3, 8, 8]);
    for (const item of [0, 1]) {
      const plane = (channel: number) => {
        const from = (3 * item + channel) * 64;
        const values = Array.from(
          (crops!.data as Float32Array).subarray(from, from + 64),
          (value) => (value + 1) * 127.5,
        );
        return values.map(Math.round);
      };
      const [red, green, blue] = [plane(0), plane(1), plane(2)];
      const mirrored = red[0]! > red[7]!;
      const [left, top] = [Math.min(red[0]!, red[7]!), green[0]!];
      red.forEach((column, i) => {
        expect(column).toBe(left + (mirrored ? 7 - (i % 8) : i % 8));
        expect(green[i]).toBe(top + Math.floor(i / 8));
      });
      expect(new Set(blue)).toEqual(new Set([255]));
      seen.left.add(left);
      seen.top.add(top);
      seen.mirrored.add(mirrored);
    }
  }
  expect(seen).toEqual({ left: new Set([0, 1, 2, 3]), top: new Set([0, 1, 2]), mirrored: new Set([true, false]) });
});

it("feeds the step's learning rate, decay of the average, weight of the KL, and new noise", async () => {
  const { steps, runtime } = open();
  await steps(5);
  const scalar = (name: string) => runtime.runs.map((feeds) => Number(feeds[name]!.data[0]!.toString()));
  const rounded = (values: number[]) => values.map((value) => Number(value.toPrecision(6)));
  expect(rounded(scalar("learning_rate"))).toEqual([9e-4, 8e-4, 7e-4, 6e-4, 5e-4]);
  expect(rounded(scalar("ema_decay"))).toEqual(
    [1 / 11, 2 / 12, 3 / 13, 4 / 14, 0.3].map((v) => Number(v.toPrecision(6))),
  );
  expect(rounded(scalar("kl_weight"))).toEqual([0.5 / 16, 0.5 / 4, (0.5 * 9) / 16, 0.5, 0.5]);
  expect(new Set(scalar("noise")).size).toBe(5);
});

it("logs the PSNR of pixels in −1..1 beside the losses", async () => {
  const [result] = await open().steps(1);
  expect(result).toMatchObject({ loss: 7, samples: 2, metrics: { gradNorm: 2, kl: 3, side: 8 } });
  expect(result!.metrics.psnr).toBeCloseTo(12.0412, 4); // −10 · log10(0.25 / 2²)
});

it("takes sizes of crops in their shares of the steps, each in a session of its own", async () => {
  const batches = [
    { side: 8, batchSize: 1, share: 0.8 },
    { side: 8, batchSize: 3, share: 0.2 },
  ];
  const { task, steps, runtime } = open({ batches });
  const samples = (await steps(50)).map((result) => result.samples);
  const few = samples.filter((count) => count === 3).length;
  expect(few).toBeGreaterThan(3);
  expect(few).toBeLessThan(20);
  expect(runtime.open).toBe(2);
  await task.release();
  expect(runtime.open).toBe(0);
});

it("goes on from a state as an unbroken training does", async () => {
  const whole = open();
  await whole.steps(4);
  const resumed = open();
  await resumed.steps(1, 3);
  expect(resumed.runtime.runs[0]!.image).toEqual(whole.runtime.runs[3]!.image);
  expect(resumed.runtime.runs[0]!.noise).toEqual(whole.runtime.runs[3]!.noise);
});

it("trains the decoder alone from the values that it has", async () => {
  const folder = goldenCheckpoint("tiny-turbo/vae");
  const decoderOf = openCheckpoint(folder);
  const trained = await readJsonFile(`${folder}/config.json`, vaeConfig);
  const { tensors } = vaeTask(
    trained,
    data,
    recordingRuntime(() => ({})),
    { ...options, decoderOf },
  ).initialState();
  expect([...tensors.keys()].filter((name) => !name.startsWith("decoder."))).toEqual([]);
  const name = "decoder.conv_in.bias";
  expect(tensors.get(name)!.data).toEqual(Float32Array.from(readTensor(decoderOf.tensors.get(name)!)));
});
