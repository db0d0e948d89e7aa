import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { feed, runtime } from "../../../test/support/engine/run-graph.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { feedForward } from "../../graph/blocks/feed-forward.ts";
import { rmsNorm } from "../../graph/blocks/rms-norm.ts";
import { encodeModel } from "../../graph/encode-model.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import { sub } from "../../graph/ops/arithmetic.ts";
import { sumOfSquares } from "../../graph/ops/reduction.ts";
import { elementCount, type Tensor, tensor } from "../../tensor.ts";
import { adamW } from "../optimizer/adamw.ts";
import { muon } from "../optimizer/muon.ts";
import { loadTrainState, saveTrainState } from "../train-state.ts";
import { trainedWeights } from "../trained-weights.ts";
import {
  buildTrainStep,
  buildUpdate,
  initialState,
  runTrainStep,
  runUpdate,
  type TrainStepOptions,
} from "./train-step.ts";

/** A small network with both optimisers, fitted to fixed targets. */
async function smallTraining(options: Partial<TrainStepOptions> = {}) {
  const g = new GraphBuilder({ weights: trainedWeights() });
  const x = g.input("x", "float32", ["B", 4]);
  const target = g.input("target", "float32", ["B", 4]);
  const y = feedForward(g, rmsNorm(g, x, "norm", 1e-5), { gate: "w1", up: "w3", down: "w2" }, 8);
  const matrices = muon();
  const rest = adamW();
  const step = buildTrainStep(g, sumOfSquares(g, sub(g, y, target)), {
    optimizerOf: ({ shape }) => (shape.length === 2 ? matrices : rest),
    ema: true,
    clipNorm: 1,
    ...options,
  });
  const session = await runtime.createSession(encodeModel(g, "small").bytes);
  onTestFinished(() => session.release());
  const random = seededRandom(1);
  const values = (count: number) => Array.from({ length: count }, () => random() - 0.5);
  const feeds = { x: feed([3, 4], values(12)), target: feed([3, 4], values(12)) };
  const shapes = new Map(g.parameters.map(({ name, dims }) => [name, dims as readonly number[]]));
  const initial = (name: string): Tensor => {
    const shape = shapes.get(name)!;
    return tensor(Float32Array.from(values(elementCount(shape))), shape);
  };
  return {
    slots: step.slots,
    start: initialState(step, initial),
    take: (state: Parameters<typeof runTrainStep>[2]) =>
      runTrainStep(session, step, state, { learningRate: 0.01, emaDecay: 0.9, feeds }),
  };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "train-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe("a training step", () => {
  it("keeps the state that each parameter's optimiser asked for", async () => {
    const { slots } = await smallTraining();
    expect(slots.map(({ name }) => name).sort()).toEqual(
      [
        "norm.weight",
        "norm.weight ema",
        "norm.weight moment1",
        "norm.weight moment2",
        ...["w1", "w2", "w3"].flatMap((name) => ["", " ema", " momentum"].map((state) => `${name}.weight${state}`)),
      ].sort(),
    );
  });

  it("lowers the loss", async () => {
    const { start, take } = await smallTraining();
    let state = start;
    const losses: number[] = [];
    for (let i = 0; i < 60; i++) {
      const result = await take(state);
      losses.push(result.loss);
      state = result.state;
    }
    expect(state.step).toBe(60);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
  });

  it("averages the parameters", async () => {
    const { start, take } = await smallTraining();
    const { state } = await take(start);
    const [before, after] = [start, state].map(({ tensors }) => tensors.get("w2.weight")!.data);
    state.tensors.get("w2.weight ema")!.data.forEach((value, i) => {
      expect(value).toBeCloseTo(0.9 * before![i]! + 0.1 * after![i]!, 6);
    });
  });

  it("clips all gradients together by their global norm", async () => {
    const first = adamW();
    const options = { optimizerOf: () => first, gradients: true };
    const clipped = await smallTraining({ ...options, clipNorm: 0.2 });
    const result = await clipped.take(clipped.start);
    expect(result.gradNorm).toBeGreaterThan(0.2);
    let squares = 0;
    for (const [name, { data }] of result.outputs) {
      if (name.startsWith("gradient ")) for (const value of data) squares += Number(value) ** 2;
    }
    expect(result.gradNorm).toBeCloseTo(Math.sqrt(squares), 5);
    // After the first step the first moment is a tenth of the gradient that the optimiser saw.
    const seen = result.state.tensors.get("w1.weight moment1")!.data;
    const gradient = result.outputs.get("gradient w1.weight")!.data;
    expect(seen[0]).toBeCloseTo((0.1 * 0.2 * Number(gradient[0])) / result.gradNorm, 6);
  });
});

it("updates parameters from gradients that another graph gave", async () => {
  const g = new GraphBuilder();
  const parameter = g.input("w", "float32", [2]);
  const gradient = g.input("gradient of w", "float32", [2]);
  const optimizer = adamW({ weightDecay: 0 });
  const update = buildUpdate(g, [{ parameter, gradient }], { optimizerOf: () => optimizer });
  const session = await runtime.createSession(encodeModel(g, "update").bytes);
  onTestFinished(() => session.release());
  const start = initialState(update, () => tensor(Float32Array.of(1, 2), [2]));
  const feeds = { "gradient of w": feed([2], [3, -4]) };
  const { state, gradNorm } = await runUpdate(session, update, start, { learningRate: 0.5, feeds });
  expect(gradNorm).toBe(5);
  expect(Array.from(state.tensors.get("w")!.data)).toEqual([0.5, 2.5]); // the first step is the sign of the gradient
});

describe("saving and resuming", () => {
  it("gives the same next loss and state bit for bit", async () => {
    const { start, take } = await smallTraining();
    let state = start;
    for (let i = 0; i < 3; i++) state = (await take(state)).state;
    const path = join(await temporaryFolder(), "state.safetensors");
    await saveTrainState(path, state, { seed: "17" });
    const unbroken = await take(state);

    const resumedRun = await smallTraining(); // a new session
    const saved = loadTrainState(path);
    expect(saved.metadata.get("seed")).toBe("17");
    expect(saved.state).toEqual(state);
    const resumed = await resumedRun.take(saved.state);
    expect(Object.is(resumed.loss, unbroken.loss)).toBe(true);
    expect(resumed.state).toEqual(unbroken.state);
  });

  it("refuses another model's state", async () => {
    const { take } = await smallTraining();
    await expect(take({ step: 0, tensors: new Map() })).rejects.toThrow("the training state has no norm.weight");
  });

  it("refuses a starting value of another shape", async () => {
    const step = { slots: [{ name: "w", shape: [2], startsAs: { parameter: "w" } }] };
    expect(() => initialState(step, () => tensor(new Float32Array(3), [3]))).toThrow(
      "parameter w: expected shape [2], got [3]",
    );
  });
});
