import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { loadPipeline } from "../../gpu-worker/pipeline/load-pipeline.ts";
import { type LoggedStep, readStepLog } from "../../gpu-worker/training/train-loop.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** A committed smoke configuration with its output elsewhere. */
async function smokeConfig(kind: "vae" | "flow", folder: string, name: string): Promise<string> {
  const config = JSON.parse(await readFile(here(`smoke-${kind}.json`), "utf8"));
  config.data.module = here(config.data.module);
  config.output = join(folder, name);
  if (kind === "flow") {
    config.tokenizer = here(config.tokenizer);
    config.vae = join(folder, "vae", "vae");
  }
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify(config));
  return path;
}

function startTraining(config: string): ChildProcess {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", here("../../gpu-worker/train.ts"), config],
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

it("trains an autoencoder, then a model on its latents that the pipeline loads; a killed run ends bit for bit as an unbroken one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "train-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));

  await train(await smokeConfig("vae", folder, "vae"));
  const vaeSteps = await readStepLog(join(folder, "vae"));
  expect(mean(vaeSteps.slice(-10))).toBeLessThan(mean(vaeSteps.slice(0, 5)) / 2);

  await train(await smokeConfig("flow", folder, "unbroken"));
  const unbroken = await readStepLog(join(folder, "unbroken"));
  expect(mean(unbroken.slice(-10))).toBeLessThan(mean(unbroken.slice(0, 5)) / 2);

  const config = await smokeConfig("flow", folder, "killed");
  await mkdir(join(folder, "killed"));
  const child = startTraining(config);
  const exited = once(child, "exit");
  while ((await readStepLog(join(folder, "killed"))).length < 50) await new Promise((done) => setTimeout(done, 50));
  child.kill("SIGKILL");
  await exited;
  await train(config);
  expect(losses(await readStepLog(join(folder, "killed")))).toEqual(losses(unbroken));
  const weights = "model/transformer/diffusion_pytorch_model.safetensors";
  expect(await readFile(join(folder, "killed", weights))).toEqual(await readFile(join(folder, "unbroken", weights)));

  const pipeline = await loadPipeline(join(folder, "killed", "model"), { threads: 1 });
  const guidance = { scale: 0, normalization: 0, truncation: 1 };
  const inputs = { prompt: "a red disc", width: 32, height: 32, numInferenceSteps: 4, guidance, seed: 1 };
  for await (const stage of pipeline.generate(inputs)) {
    if (stage.type === "decoded") expect(stage.images[0]!.shape).toEqual([3, 32, 32]);
  }
  await pipeline.release();
}, 300_000);
