import { expect, it, onTestFinished } from "vitest";
import { recordingRuntime, unchanged } from "../../../test/support/engine/recording-runtime.ts";
import openShapes from "../../../test/training/shapes-data.ts";
import smoke from "../../../test/training/smoke-flow.json" with { type: "json" };
import { transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { floatFeed } from "../../networks/open-session.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import { tensor } from "../../tensor.ts";
import type { CaptionSource } from "../captions/caption-source.ts";
import { trainedWeights } from "../trained-weights.ts";
import type { FlowParts } from "./flow-batches.ts";
import { flowInitialWeight, flowOptimizers } from "./flow-recipe.ts";
import { type FlowTaskOptions, flowRunner, flowTask, trainedTransformer } from "./flow-task.ts";

const transformer = transformerConfig.parse(smoke.transformer);
let releasedCaptions = 0;
const captions: CaptionSource = {
  build: (g) => g.input("caption", "float32", ["B", "C", transformer.capFeatDim]),
  feeds: async (ids, length) => ({
    caption: floatFeed(Float32Array.from(ids.flat()), [ids.length, length, transformer.capFeatDim]),
  }),
  release: async () => void releasedCaptions++,
};
const parts: FlowParts = {
  transformer,
  captions,
  // A caption's letters: short and long texts do not need the same multiple of 32.
  tokenizer: {
    tokenize: () => [],
    tokenizePrompt: (text) => {
      const inputIds = Array.from(text, (letter) => letter.charCodeAt(0));
      return { inputIds, tokenCount: inputIds.length, truncated: false };
    },
  },
  data: await openShapes(undefined),
  latents: { latents: (image) => tensor(new Float32Array(16 * 16).fill(image), [16, 4, 4]) },
};
const trained = {
  weights: trainedWeights(),
  initial: (name: string, shape: readonly number[]) => flowInitialWeight(1, name, shape),
  optimizerOf: flowOptimizers(),
};
const options: FlowTaskOptions = {
  seed: 1,
  steps: 2000,
  batchSize: 2,
  captionTokens: 32,
  shift: 3,
  learningRate: { peak: 1e-3, warmup: 10, constantUntil: 0.5, finalFraction: 0 },
  emaDecay: 0.9995,
  clipNorm: 1,
};

function open() {
  const runtime = recordingRuntime((feeds) => unchanged(feeds, { loss: 3, grad_norm: 2 }));
  const task = flowTask(parts, trained, runtime, options);
  const start = task.initialState();
  return { task, runtime, stepAfter: (step: number) => task.step({ ...start, step }) };
}
const scalar = (runs: ReturnType<typeof open>["runtime"]["runs"], name: string) =>
  runs.map((feeds) => Number(Number(feeds[name]!.data[0]).toPrecision(6)));

it("feeds the step's learning rate, and a shorter memory of the average at the start and at the end", async () => {
  const { runtime, stepAfter } = open();
  for (const step of [0, 1499, 1799, 1800]) await stepAfter(step);
  expect(scalar(runtime.runs, "learning_rate")).toEqual([1e-4, 5e-4, 2e-4, 1.99e-4]);
  expect(scalar(runtime.runs, "ema_decay")).toEqual([
    0.0909091, // 1 / 11
    0.993378, // 1500 / 1510
    0.994475, // 1800 / 1810
    0.99, // the last tenth
  ]);
});

it("takes the same batch for the same step, whatever was run before, and logs it", async () => {
  const { runtime, stepAfter } = open();
  const result = await stepAfter(5);
  expect(result).toMatchObject({ loss: 3, samples: 2, metrics: { gradNorm: 2 } });
  expect(result.state.step).toBe(6);
  await stepAfter(6);
  const other = open();
  await other.stepAfter(6);
  const [, second] = runtime.runs;
  expect(other.runtime.runs[0]!.patches).toEqual(second!.patches);
  expect(other.runtime.runs[0]!.caption).toEqual(second!.caption);
  expect(runtime.runs[0]!.patches).not.toEqual(second!.patches);
});

it("releases its sessions and the captions", async () => {
  const { task, runtime, stepAfter } = open();
  await stepAfter(0);
  expect(runtime.open).toBe(1);
  const before = releasedCaptions;
  await task.release();
  expect([runtime.open, releasedCaptions - before]).toEqual([0, 1]);
});

it("asks for masks where captions have other lengths", () => {
  const inputs = (masked: boolean) => trainedTransformer(parts, trained, masked).g.inputs.map(({ name }) => name);
  expect(inputs(true).filter((name) => !inputs(false).includes(name))).toEqual(["patch_mask", "caption_mask"]);
});

it("opens the whole graph, or with recompute one block after the other", async () => {
  const openedBy = async (recompute: FlowTaskOptions["recompute"]) => {
    const models: string[] = [];
    const runtime: OnnxRuntime = {
      createSession(model) {
        models.push(Buffer.from(model).toString("latin1"));
        return Promise.reject(new Error("not opened"));
      },
    };
    const runner = flowRunner(parts, trained, runtime, { clipNorm: 1, recompute });
    onTestFinished(() => runner.release());
    const batch = { masked: false, feeds: {}, learningRate: 1 };
    await expect(runner.run(runner.initialState(), batch)).rejects.toThrow("not opened");
    return models[0]!;
  };
  expect(await openedBy("none")).toContain("layers.1.attention.to_q.weight");
  expect(await openedBy("blocks")).not.toContain("layers.1.attention.to_q.weight");
});
