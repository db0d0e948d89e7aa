import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { type LoggedStep, readStepLog } from "../../gpu-worker/training/train-loop.ts";
import { openModelFolder, readModelInfo, weightFolders } from "../../gpu-worker/weights/folder/model-folder.ts";
import { goldenCheckpoint } from "../support/engine/golden-tensors.ts";
import { loggedSteps } from "../support/engine/logged-steps.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The tiny random checkpoint as a guided teacher of its own. */
async function teacherFolder(folder: string): Promise<string> {
  const dir = join(folder, "teacher");
  await mkdir(dir);
  const { modelIndex, scheduler, tokenizer, ...parts } = await openModelFolder(goldenCheckpoint("tiny-turbo"));
  await cp(modelIndex, join(dir, "model_index.json"));
  await cp(scheduler, join(dir, "scheduler"), { recursive: true });
  await cp(tokenizer, join(dir, "tokenizer"), { recursive: true });
  for (const [name, path] of weightFolders({ modelIndex, scheduler, tokenizer, ...parts })) {
    await cp(path, join(dir, name), { recursive: true, dereference: true });
  }
  await writeFile(join(dir, "generation_config.json"), '{"num_inference_steps":4,"guidance_scale":1}');
  return dir;
}

function startTraining(config: string): ChildProcess {
  const cli = here("../../gpu-worker/cli/train.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", cli, config], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function train(config: string): Promise<void> {
  const [code] = await once(startTraining(config), "exit");
  expect(code).toBe(0);
}

const withoutTimes = (steps: readonly LoggedStep[]) => steps.map(({ seconds: _, ...logged }) => logged);

it("distils a model over both stages; a killed run ends bit for bit as an unbroken one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "distill-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const smoke = JSON.parse(await readFile(here("smoke-distill.json"), "utf8"));
  const from = await teacherFolder(folder);
  const configure = async (name: string, changes: object = {}) => {
    const path = join(folder, `${name}.json`);
    const data = { module: here("shapes-data.ts") };
    await writeFile(path, JSON.stringify({ ...smoke, data, from, output: join(folder, name), ...changes }));
    return path;
  };

  await train(await configure("unbroken"));
  const unbroken = await readStepLog(join(folder, "unbroken"));
  expect(unbroken.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(unbroken.filter(({ spread }) => spread! > 0).map(({ step }) => step)).toEqual([2, 4, 6, 8, 10]);
  expect(unbroken.filter(({ fakeLoss }) => fakeLoss! > 0).map(({ step }) => step)).toEqual([5, 6, 7, 8, 9, 10]);

  const config = await configure("killed");
  await mkdir(join(folder, "killed"));
  const child = startTraining(config);
  const exited = once(child, "exit");
  await loggedSteps(join(folder, "killed"), 3);
  child.kill("SIGKILL");
  await exited;
  await train(config);
  expect(withoutTimes(await readStepLog(join(folder, "killed")))).toEqual(withoutTimes(unbroken));
  const weights = "model/transformer/diffusion_pytorch_model.safetensors";
  expect(await readFile(join(folder, "killed", weights))).toEqual(await readFile(join(folder, "unbroken", weights)));
  expect(await readModelInfo(join(folder, "killed", "model"))).toMatchObject({ defaultSteps: 2, defaultGuidance: 0 });

  const report = await readFile(join(folder, "killed", "report.html"), "utf8");
  expect(report).toContain("spread of seeds");
  expect(report.match(/<figure>/g)).toHaveLength(4);

  // On from there, for two steps.
  await train(await configure("more", { paths: undefined, steps: 2, continues: join(folder, "unbroken") }));
  expect(await readStepLog(join(folder, "more"))).toHaveLength(2);
}, 180_000);
