import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { expect, it, onTestFinished } from "vitest";
import { loadPipeline } from "../../gpu-worker/engine/load-pipeline.ts";
import { type LoggedStep, readStepLog } from "../../gpu-worker/training/train-loop.ts";
import type { LoraFile } from "../../gpu-worker/weights/lora/lora.ts";
import { loggedSteps } from "../support/engine/logged-steps.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A committed smoke configuration with its output elsewhere. */
async function smokeConfig(
  kind: "vae" | "flow" | "lora",
  folder: string,
  name: string,
  paths: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const config = JSON.parse(await readFile(here(`smoke-${kind}.json`), "utf8"));
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify({ ...config, output: join(folder, name), ...paths }));
  return path;
}

function startTraining(config: string): ChildProcess {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", here("../../gpu-worker/cli/train.ts"), config],
    {
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function train(config: string): Promise<void> {
  const [code] = await once(startTraining(config), "exit");
  expect(code).toBe(0);
}

const losses = (steps: readonly LoggedStep[]) => steps.map(({ step, loss }) => [step, loss]);
const mean = (steps: readonly LoggedStep[]) => steps.reduce((sum, { loss }) => sum + loss, 0) / steps.length;

it("trains a VAE, a model on its latents, and a LoRA on that; a killed run ends bit for bit as an unbroken one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "train-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));

  const data = { module: here("shapes-data.ts") };
  const flow = { data, vae: join(folder, "vae", "vae"), tokenizer: here("../../models/zimage-tiny/tokenizer") };
  await train(await smokeConfig("vae", folder, "vae", { data }));
  const vaeSteps = await readStepLog(join(folder, "vae"));
  expect(mean(vaeSteps.slice(-10))).toBeLessThan(mean(vaeSteps.slice(0, 5)) / 2);

  await train(await smokeConfig("flow", folder, "unbroken", flow));
  const unbroken = await readStepLog(join(folder, "unbroken"));
  expect(mean(unbroken.slice(-10))).toBeLessThan(mean(unbroken.slice(0, 5)) / 2);

  const config = await smokeConfig("flow", folder, "killed", flow);
  await mkdir(join(folder, "killed"));
  const child = startTraining(config);
  const exited = once(child, "exit");
  await loggedSteps(join(folder, "killed"), 50);
  child.kill("SIGKILL");
  await exited;
  await train(config);
  expect(losses(await readStepLog(join(folder, "killed")))).toEqual(losses(unbroken));
  const weights = "model/transformer/diffusion_pytorch_model.safetensors";
  expect(await readFile(join(folder, "killed", weights))).toEqual(await readFile(join(folder, "unbroken", weights)));

  // Adapt it to one more image, from a folder.
  const images = join(folder, "images");
  await mkdir(images);
  const purple = { width: 64, height: 64, channels: 3, background: { r: 140, g: 60, b: 200 } } as const;
  await sharp({ create: purple }).png().toFile(join(images, "mug.png"));
  await writeFile(join(images, "mug.txt"), "my mug");
  const onMug = { data: { folder: images, width: 32, height: 32 }, from: join(folder, "killed", "model") };
  await train(await smokeConfig("lora", folder, "lora", onMug));
  const adapted = await readStepLog(join(folder, "lora"));
  expect(mean(adapted.slice(-10))).toBeLessThan(mean(adapted.slice(0, 5)));

  const full = {
    kind: "finetune",
    trains: "transformer and text encoder",
    rank: undefined,
    alpha: undefined,
    steps: 20,
  };
  await train(await smokeConfig("lora", folder, "finetune", { ...onMug, ...full }));
  const finetuned = await readStepLog(join(folder, "finetune"));
  expect(mean(finetuned.slice(-5))).toBeLessThan(mean(finetuned.slice(0, 5)));
  expect(await draw(join(folder, "finetune", "model"), [])).toHaveLength(3 * 32 * 32);

  const path = join(folder, "lora", "pytorch_lora_weights.safetensors");
  const model = join(folder, "killed", "model");
  const plain = await draw(model, []);
  expect(plain).toHaveLength(3 * 32 * 32);
  expect(await draw(model, [{ path }])).not.toEqual(plain);
  expect(await draw(model, [{ path, scale: 0 }])).toEqual(plain);
}, 300_000);

async function draw(model: string, loras: readonly LoraFile[]): Promise<number[]> {
  const pipeline = await loadPipeline(model, { threads: 1, loras });
  const guidance = { scale: 0, normalization: 0, truncation: 1 };
  const inputs = { prompt: "my mug", width: 32, height: 32, numInferenceSteps: 4, guidance, seed: 1 };
  let pixels: number[] = [];
  for await (const stage of pipeline.generate(inputs)) {
    if (stage.type === "decoded") pixels = Array.from(stage.images[0]!.data);
  }
  await pipeline.release();
  return pixels;
}
