import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { expectClose, goldenCheckpoint } from "../../test/support/golden-tensors.ts";
import { readSafetensors } from "../weights/safetensors.ts";
import { readTrainConfig } from "./train-config.ts";
import { openTrainRun } from "./train-run.ts";
import type { TrainingTask } from "./training-task.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "finetune-"));
  const picture = async (name: string, caption: string, width: number, height: number, red: number) => {
    const background = { r: red, g: 90, b: 120 };
    await sharp({ create: { width, height, channels: 3, background } }).toFile(join(folder, `${name}.png`));
    await writeFile(join(folder, `${name}.txt`), caption);
  };
  await picture("short", "a mug", 128, 128, 10);
  await picture("long", `a mug ${"with stripes, ".repeat(12)}on a table`, 96, 96, 80);
  await picture("wide", "一个马克杯", 160, 96, 200);
  return () => rm(folder, { recursive: true });
});

const common = {
  data: { folder: ".", pixels: 4096 },
  from: goldenCheckpoint("tiny-turbo"),
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
const finetune = { kind: "finetune", trains: "transformer" };
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

/** The losses of the first two batches, both of the weights that the training begins with. */
async function firstLosses({ initialState, step }: TrainingTask): Promise<number[]> {
  const start = initialState();
  const losses: number[] = [];
  for (const taken of [0, 1]) losses.push((await step({ ...start, step: taken })).loss);
  return losses;
}

it("learns the same with the text encoder outside the graph, from pictures of two sizes and captions of two lengths", async () => {
  const frozen = await openRun("frozen", finetune);
  expect(frozen.told[0]).toBe("3 pictures: 2 at 64×64, 1 at 80×48");
  const cache = (await readdir(join(folder, "frozen"))).find((name) => name.startsWith("captions-"))!;
  expect(await readdir(join(folder, "frozen", cache))).toHaveLength(3);

  const trained = await openRun("trained", { ...finetune, trains: "transformer and text encoder" });
  const [square, wide] = await firstLosses(frozen.task);
  expect(square).not.toBeCloseTo(wide!, 2);
  expectClose(await firstLosses(trained.task), [square!, wide!], 1e-5, "loss");
});

it("reads captions that were encoded before, and encodes a damaged one again", async () => {
  await openRun("kept", finetune);
  const cache = join(
    folder,
    "kept",
    (await readdir(join(folder, "kept"))).find((name) => name.startsWith("captions-"))!,
  );
  const [first, second] = (await readdir(cache)).map((name) => join(cache, name)) as [string, string];
  const encoded = await readFile(first);
  await writeFile(first, encoded.subarray(8));
  await writeFile(second, new Uint8Array((await readFile(second)).length));
  await openRun("kept", finetune);
  expect(await readFile(first)).toEqual(encoded);
  expect((await readFile(second)).every((byte) => byte === 0)).toBe(true);
});

it("writes a LoRA with the keys of diffusers", async () => {
  const run = await openRun("lora", lora);
  const { tensors, metadata } = readSafetensors(await run.write(run.task.initialState()));
  const layers = ["noise_refiner.0", "context_refiner.0", "layers.0", "layers.1"];
  const targets = layers.flatMap((layer) =>
    ["to_q", "to_k", "to_v", "to_out.0"].map((name) => `${layer}.attention.${name}`),
  );
  const keys = targets.flatMap((target) => ["A", "B"].map((side) => `transformer.${target}.lora_${side}.weight`));
  expect([...tensors.keys()].sort()).toEqual(keys.sort());
  expect(tensors.get("transformer.layers.0.attention.to_q.lora_A.weight")?.shape).toEqual([4, 72]);
  expect(tensors.get("transformer.layers.0.attention.to_q.lora_B.weight")?.shape).toEqual([72, 4]);
  const adapter = JSON.parse(metadata.get("lora_adapter_metadata")!);
  expect(adapter).toEqual({ "transformer.r": 4, "transformer.lora_alpha": 8 });
});
