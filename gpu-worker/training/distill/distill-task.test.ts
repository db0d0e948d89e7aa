import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { smallLatentShape, smallNetwork } from "../../../test/support/training/small-velocity-network.ts";
import { randomStream } from "../data/random-stream.ts";
import type { TrainingData } from "../data/training-data.ts";
import { loadTrainState, saveTrainState, type TrainState } from "../train-state.ts";
import type { TrainingTask } from "../training-task.ts";
import { captionBatch } from "./caption-batches.ts";
import { type DistillOptions, type DistillParts, distillTask, samplerSigmas } from "./distill-task.ts";
import { openGuidedPaths } from "./guided-paths.ts";
import { partOf } from "./joint-state.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "distill-"));
  return () => rm(folder, { recursive: true });
});

const data: TrainingData = {
  fingerprint: "",
  imageCount: 6,
  size: () => ({ width: 32, height: 32 }),
  image: () => Promise.reject(new Error("distillation reads captions alone")),
  exampleCount: 6,
  caption: (example, random) => ({ text: random() < 0.5 ? `${example + 1}` : `${example + 11}`, image: example }),
};
const idsOf = (text: string) => [Number(text)];
const shared = { data, idsOf, latentShapeOf: () => smallLatentShape as unknown as [number, number, number] };

const options: DistillOptions = {
  seed: 3,
  batchSize: 4,
  steps: 4,
  emaDecay: 0.5,
  shift: 3,
  guidance: 1,
  guidanceWarmup: 0,
  negativeIds: [0],
  learningRate: { peak: 1e-2, warmup: 0, constantUntil: 1, finalFraction: 1 },
  student: { steps: 2 },
  fake: { updates: 2, warmup: 3, learningRate: 1e-2 },
  schedule: "hybrid",
  matching: 1,
  augmentation: 1,
  rewardFrom: 0,
  spreadEvery: 100,
  paths: { updates: 3, learningRate: 1e-2 },
};

interface Opened {
  readonly task: TrainingTask;
  readonly told: string[];
}

function open(changes: Partial<DistillOptions> = {}, more: Partial<DistillParts> = {}): Opened {
  const network = smallNetwork(1);
  const told: string[] = [];
  const tell = (text: string) => told.push(text);
  const paths = () =>
    openGuidedPaths(network, network.initial, {
      folder,
      fingerprint: "",
      groups: 2,
      tell,
      guidance: { scale: 1, negativeIds: [0] },
      batch: (group) => captionBatch(shared, [0, 1, 2, 3], randomStream(9, group)),
      sigmas: samplerSigmas(4, options.shift),
      stride: 2,
    });
  const parts = { ...shared, student: network, fake: network, paths, teacherSpread: async () => 1, tell, ...more };
  const task = distillTask(parts, { ...options, ...changes });
  onTestFinished(() => task.release());
  return { task, told };
}

async function run(
  { task }: Opened,
  from: TrainState,
  until: number,
): Promise<{ state: TrainState; losses: number[] }> {
  let state = from;
  const losses: number[] = [];
  while (state.step < until) {
    const result = await task.step(state);
    losses.push(result.loss);
    state = result.state;
  }
  return { state, losses };
}

it("goes on bit for bit from every step, over the border of its stages too", async () => {
  const whole = open();
  expect(whole.task.steps).toBe(7);
  const { state: end, losses } = await run(whole, whole.task.initialState(), 7);
  expect(whole.told.filter((text) => text.includes("guided paths"))).toHaveLength(1);
  for (const broken of [2, 3, 5]) {
    const first = open();
    const { state, losses: before } = await run(first, first.task.initialState(), broken);
    const path = join(folder, `at-${broken}.safetensors`);
    await saveTrainState(path, state);
    const second = open();
    const { state: other, losses: after } = await run(second, loadTrainState(path).state, 7);
    expect(second.told).toEqual([]); // the paths are kept
    expect([...before, ...after]).toEqual(losses);
    expect(other).toEqual(end);
  }
});

it("leaves the fake alone while the student learns, and the student while the fake does", async () => {
  const { task } = open({ matching: 1e-30, augmentation: 0 }); // so that the student has nothing to learn
  const start = task.initialState();
  const regressed = (await task.step(start)).state;
  expect(partOf(regressed, "fake").tensors).toEqual(partOf(start, "fake").tensors);
  expect(partOf(regressed, "student").tensors).not.toEqual(partOf(start, "student").tensors);

  const still = open({ paths: undefined, learningRate: { ...options.learningRate, peak: 1e-30 } });
  const { state } = await still.task.step(still.task.initialState());
  for (const [name, { data: values }] of partOf(start, "student").tensors) {
    if (!/moment/.test(name)) expect(partOf(state, "student").tensors.get(name)!.data, name).toEqual(values);
  }
  expect(partOf(state, "fake").tensors.get("outer.weight")).not.toEqual(
    partOf(start, "fake").tensors.get("outer.weight"),
  );
});

it("gives the fake its warm-up once, counts its steps for it, and draws new noise for each", async () => {
  const network = smallNetwork(1);
  const steps: number[] = [];
  const levels = new Set<number>();
  const fake = {
    ...network,
    step: (state: TrainState, batch: Parameters<typeof network.step>[1]) => {
      steps.push(state.step);
      for (const { sigma } of batch.items) levels.add(sigma);
      return network.step(state, batch);
    },
  };
  const opened = open({ paths: undefined }, { fake });
  await run(opened, opened.task.initialState(), 3);
  expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(levels.size).toBe(9 * options.batchSize);
});

it("follows the teacher's paths in stage 0", async () => {
  const opened = open({ paths: { updates: 150, learningRate: 2e-2 } });
  const { losses } = await run(opened, opened.task.initialState(), 150);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 10)) / 2);
}, 30_000);

it("measures how far the seeds lie apart against the teacher", async () => {
  const { task } = open({ paths: undefined, spreadEvery: 2 }, { teacherSpread: async () => 2 });
  const { state, metrics } = await task.step(task.initialState());
  expect(metrics.spread).toBeUndefined();
  const second = await task.step(state);
  expect(second.metrics.spread).toBeGreaterThan(0);
  const half = open({ paths: undefined, spreadEvery: 2 }, { teacherSpread: async () => 4 });
  expect((await half.task.step(state)).metrics.spread).toBeCloseTo(second.metrics.spread! / 2, 10);
});

it("lets a reward pull once it counts, and says what it thinks", async () => {
  const reward: DistillParts["reward"] = async (items) =>
    items.map(({ image }) => ({ direction: image.map(() => 100), score: 0.25 }));
  const changes = { paths: undefined, rewardFrom: 1 };
  const [plain, pulled] = [open(changes), open(changes, { reward })];
  const start = plain.task.initialState();
  const [first, same] = [await plain.task.step(start), await pulled.task.step(start)];
  expect(same).toEqual(first);
  const second = await pulled.task.step(same.state);
  expect(second.metrics.reward).toBe(0.25);
  expect(second.loss).toBeGreaterThan(10 * (await plain.task.step(first.state)).loss);
});

it("starts where another distillation ended", async () => {
  const first = open({ paths: undefined });
  const { state } = await run(first, first.task.initialState(), 2);
  const next = open({ paths: undefined }, { start: state });
  expect(next.task.initialState()).toEqual({ ...state, step: 0 });
});

it("ends where the step does not see what the forward run saw", async () => {
  const network = smallNetwork(1);
  const other = smallNetwork(2);
  const student = {
    ...network,
    step: (_: TrainState, batch: Parameters<typeof network.step>[1]) => other.step(other.initialState(), batch),
  };
  const { task } = open({ paths: undefined }, { student });
  await expect(task.step(task.initialState())).rejects.toThrow("does not start where the forward run was");
});

it("says so when captions mean nothing to the teacher", async () => {
  const network = smallNetwork(1);
  const deaf = {
    ...network,
    forward: (
      weights: typeof network.initial,
      items: Parameters<typeof network.forward>[1],
      shape: readonly number[],
    ) =>
      network.forward(
        weights,
        items.map((item) => ({ ...item, ids: [1] })),
        shape,
      ),
  };
  const opened = open(
    { paths: undefined, augmentation: 1 },
    { student: { ...deaf, step: async (state) => ({ state, loss: 0, gradNorm: 0, outputs: new Map() }) } },
  );
  await opened.task.step(opened.task.initialState()).catch(() => {});
  expect(opened.told[0]).toContain("guidance has nearly nothing to go by");
});
