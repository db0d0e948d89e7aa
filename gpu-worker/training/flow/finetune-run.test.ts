import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { readTrainConfig } from "../train-config.ts";
import { openTrainRun } from "../train-run.ts";
import type { TrainingTask } from "../training-task.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "finetune-"));
  const image = async (name: string, caption: string, width: number, height: number, red: number) => {
    const background = { r: red, g: 90, b: 120 };
    await sharp({ create: { width, height, channels: 3, background } }).toFile(join(folder, `${name}.png`));
    await writeFile(join(folder, `${name}.txt`), caption);
  };
  await image("short", "a mug", 128, 128, 10);
  await image("long", `a mug ${"with stripes, ".repeat(12)}on a table`, 96, 96, 80);
  await image("wide", "一个马克杯", 160, 96, 200);
  return () => rm(folder, { recursive: true });
});

const model = fileURLToPath(new URL("../../../models/zimage-tiny/model", import.meta.url));
const common = {
  data: { folder: ".", pixels: 4096 },
  from: model,
  seed: 5,
  steps: 6,
  learningRate: { peak: 1e-3, warmup: 0, constantUntil: 1, finalFraction: 1 },
  emaDecay: 0.5,
  clipNorm: 1,
  checkpointEvery: 6,
  threads: 1,
  batchSize: 2,
  captionTokens: 512,
};
const lora = { kind: "lora", rank: 4, alpha: 8 };

async function openRun(name: string, choices: object) {
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify({ ...common, output: name, ...choices }));
  const told: string[] = [];
  const opened = await readTrainConfig(path);
  const run = await openTrainRun(opened, (text) => told.push(text));
  onTestFinished(() => run.task.release());
  return { ...run, told };
}

it("reads the same from the text encoder outside the graph as from inside, with captions of two lengths in a batch", async () => {
  const frozen = await openRun("frozen", lora); // whose branches begin at zero
  expect(frozen.told[0]).toBe("3 images: 2 at 64×64, 1 at 80×48");
  const cache = (await readdir(join(folder, "frozen"))).find((name) => name.startsWith("captions-"))!;
  expect(await readdir(join(folder, "frozen", cache))).toHaveLength(3);

  const trained = await openRun("trained", { kind: "finetune", trains: "transformer and text encoder" });
  const firstLoss = async ({ initialState, step }: TrainingTask) => (await step(initialState())).loss;
  expectClose([await firstLoss(frozen.task)], [await firstLoss(trained.task)], 1e-5, "loss");
}, 180_000);

it("learns the same block by block, with all blocks open or one at a time", async () => {
  const whole = await openRun("whole", lora);
  const blocks = { ...lora, recompute: "blocks" };
  const others = [await openRun("open", blocks), await openRun("in turn", { ...blocks, weightsMiB: 1 })];
  const start = whole.task.initialState();
  for (const { task, fingerprint } of others) {
    expect(fingerprint).toBe(whole.fingerprint); // a training may change over in the middle
    expect(task.initialState()).toEqual(start);
    let [state, other] = [start, start];
    for (let step = 0; step < 3; step++) {
      const [expected, actual] = [await whole.task.step(state), await task.step(other)];
      const numbers = ({ loss, metrics }: typeof actual) => [loss, metrics.gradNorm!];
      expectClose(numbers(actual), numbers(expected), 1e-5, "loss and norm of the gradients");
      [state, other] = [expected.state, actual.state];
    }
    for (const [name, { data }] of state.tensors) expectClose(other.tensors.get(name)!.data, data, 1e-5, name);
  }
}, 180_000);
