import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { readTrainConfig } from "../training/train-config.ts";
import { type LoggedStep, lastCheckpoint, readStepLog, trainLoop } from "../training/train-loop.ts";
import { openTrainRun } from "../training/train-run.ts";
import type { TrainState } from "../training/train-state.ts";
import { trainingProgress } from "../training/training-progress.ts";
import { trainingReport } from "../training/training-report.ts";
import type { TrainRun } from "../training/training-run.ts";

const help = `Train a model: npm run train -- CONFIG.json [--export]

CONFIG.json says what is trained, on which data, for how many steps. "kind" is vae, flow, finetune, lora or distill; docs/training.md
describes them, and models/zimage-tiny has some to start from:
  vae.json      the autoencoder
  decoder.json  its decoder, trained on alone
  flow.json     text encoder and transformer on its latents
  distill/      a guided model, and its student that needs four steps and no guidance
examples/finetune/lora.json teaches a finished model a new object from ten images.

A run that was stopped (Ctrl-C, kill) resumes from its last checkpoint when it is started again.

  --export    write the model as it stands at the last checkpoint, without training on
  --help      this text
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { export: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
  });
  const [path, ...others] = positionals;
  if (values.help) return void process.stdout.write(help);
  if (path === undefined || others.length > 0) throw new Error(`expected one configuration file\n\n${help}`);

  const opened = await readTrainConfig(path);
  const { config, at } = opened;
  const run = await openTrainRun(opened, (text) => process.stderr.write(`${text}\n`));
  const folder = at(config.output);
  const { fingerprint } = run;
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const now = () => performance.now();
  try {
    if (values.export) {
      const state = await lastCheckpoint(folder, fingerprint);
      await writeResult(run, state, folder);
      return;
    }
    const progress = trainingProgress(process.stderr, { total: run.task.steps, now });
    const { checkpointEvery } = config;
    const onStep = (logged: LoggedStep) => progress.update(logged);
    const state = await trainLoop(run.task, { folder, checkpointEvery, fingerprint, signal: stop.signal, now, onStep });
    progress.end();
    if (state.step === run.task.steps) await writeResult(run, state, folder);
    else console.log(`stopped at step ${state.step} of ${run.task.steps}; run the same command to resume`);
  } finally {
    await run.task.release();
  }
}

/** The model, and `report.html` beside the checkpoint. */
async function writeResult(run: TrainRun, state: TrainState, folder: string): Promise<void> {
  const model = await run.write(state);
  console.log(`step ${state.step}: ${model}`);
  const report = join(folder, "report.html");
  const steps = await readStepLog(folder);
  await writeFile(report, trainingReport({ title: basename(folder), steps, samples: await run.samples(model) }));
  console.log(report);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`train: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
