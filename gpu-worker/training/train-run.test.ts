import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";
import distill from "../../test/training/smoke-distill.json" with { type: "json" };
import flow from "../../test/training/smoke-flow.json" with { type: "json" };
import lora from "../../test/training/smoke-lora.json" with { type: "json" };
import vae from "../../test/training/smoke-vae.json" with { type: "json" };
import { readTrainConfig } from "./train-config.ts";
import { openTrainRun } from "./train-run.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const data = { module: here("../../test/training/shapes-data.ts") };

async function open(config: object) {
  const folder = temporaryFolder();
  const path = join(folder, "config.json");
  await writeFile(path, JSON.stringify({ ...config, output: "output" }));
  const told: string[] = [];
  const run = await openTrainRun(await readTrainConfig(path), (text) => told.push(text));
  onTestFinished(() => run.task.release());
  return { ...run, told };
}

const { rank: _, alpha: __, ...finetune } = { ...lora, kind: "finetune", trains: "transformer" };
const from = here("../../models/zimage-tiny/model");
it.each<[string, string, object]>([
  ["vae", "encoder.conv_in.weight", { ...vae, data }],
  [
    "flow",
    "model.embed_tokens.weight",
    { ...flow, data, vae: goldenCheckpoint("tiny-turbo/vae"), tokenizer: here("../../models/zimage-tiny/tokenizer") },
  ],
  ["finetune", "layers.0.attention.to_q.weight", { ...finetune, data, from }],
  ["lora", "layers.0.attention.to_q down", { ...lora, data, from }],
  ["distill", "student layers.0.attention.to_q.weight", { ...distill, data, from, guidance: 0 }],
])("opens a training of the kind %s, which learns %s", async (kind, parameter, config) => {
  const { fingerprint, task } = await open(config);
  expect(JSON.parse(fingerprint)[0]).toBe(kind);
  expect(task.initialState().tensors.has(parameter)).toBe(true);
});

it("reads images of a folder that is named relative to the configuration", async () => {
  const folder = temporaryFolder();
  await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } }).toFile(join(folder, "a.png"));
  await writeFile(join(folder, "a.txt"), "red");
  const path = join(folder, "config.json");
  await writeFile(path, JSON.stringify({ ...vae, data: { folder: ".", width: 32, height: 32 }, output: "output" }));
  const told: string[] = [];
  const config = await readTrainConfig(path);
  expect(config.at("output")).toBe(resolve(folder, "output"));
  const { task } = await openTrainRun(config, (text) => told.push(text));
  await task.release();
  expect(told).toEqual(["1 images: 1 at 32×32"]);
});
