import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { environment } from "../../shared/environment.ts";
import { PipelineError } from "../../shared/errors.ts";
import { randomSeeds } from "../../shared/limits.ts";
import { UsageError } from "../../shared/process/command-line.ts";
import { wholeNumber } from "../../shared/process/whole-number.ts";
import { createNodeRuntime } from "../runtime/onnx-session.ts";
import { watermarkTask } from "../training/watermark/watermark-task.ts";
import { writeWatermark } from "../training/watermark/write-watermark.ts";
import { pixelsOfFile } from "../watermark/pixels-of-file.ts";
import { openWatermark } from "../watermark/watermark.ts";
import { watermarkPayload } from "../watermark/watermark-payload.ts";
import { defaultWatermarkName } from "../watermark/watermark-settings.ts";

const usage = `npm run watermark -- FILE… [options]
npm run watermark -- --train DIR [--seed N]

Reads the invisible mark of images: whether this deployment drew them, and for which job. A line for each file. Exit code 0
when all were drawn here, 1 when one was not, 2 for wrong options.

  --watermark PATH  JSON of the pair of networks that the worker marks with (${environment.watermark})
  --name NAME       what the deployment is called in the mark (${environment.watermarkName}, default ${defaultWatermarkName})
  --train DIR       makes a small pair of one's own in seconds, and writes it there with its watermark.json
  --seed N          of the pair; who knows it can make the same marks (default: a random one)
  --job ID          also says whether it was drawn for this job
  --help            this text
`;

/** Enough: training begins with a decoder that looks for the encoder's patterns. */
const trainingSteps = 12;

process.exitCode = await main(process.argv.slice(2), process.env);

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  try {
    return await readMarks(args, env);
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function readMarks(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const { values, positionals: files } = readOptions(args);
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (values.train !== undefined) return train(values.train, values.seed);
  const path = values.watermark ?? env[environment.watermark] ?? "";
  if (files.length === 0) throw new UsageError("no file is named; try --help");
  if (path === "")
    throw new UsageError(`--watermark must be the path of a watermark's JSON, or ${environment.watermark}`);
  const watermark = await openWatermark(path, createNodeRuntime());
  if (watermark === undefined) throw new UsageError(`--watermark ${path}: there is no such file`);
  const deployment = values.name ?? (env[environment.watermarkName] || defaultWatermarkName);
  const own = watermarkPayload({ deployment, job: values.job ?? "" });
  let elsewhere = 0;
  for (const file of files) {
    const found = await watermark.read(await readPixels(file));
    const isOurs = found?.deployment === own.deployment && (values.job === undefined || found.job === own.job);
    if (!isOurs) elsewhere++;
    process.stdout.write(`${file}: ${sentence(found, own, values.job)}\n`);
  }
  await watermark.release();
  return elsewhere === 0 ? 0 : 1;
}

async function train(folder: string, seed: string | undefined): Promise<number> {
  const chosen =
    seed === undefined ? randomInt(randomSeeds) : wholeNumber("--seed", seed, { min: 0, max: randomSeeds - 1 });
  const options = { seed: chosen, steps: trainingSteps, batchSize: 8, learningRate: 5e-4 };
  const task = watermarkTask(createNodeRuntime(), options);
  let state = task.initialState();
  while (state.step < task.steps) ({ state } = await task.step(state));
  await task.release();
  process.stdout.write(`${await writeWatermark(folder, state)} written; set ${environment.watermark} to it\n`);
  return 0;
}

function sentence(
  found: ReturnType<typeof watermarkPayload> | undefined,
  own: ReturnType<typeof watermarkPayload>,
  job: string | undefined,
): string {
  if (found === undefined) return "no watermark found";
  if (found.deployment !== own.deployment) return "the watermark of another deployment";
  if (job === undefined)
    return `made here, for a job whose digest begins with ${found.job.toString(16).padStart(6, "0")}`;
  return found.job === own.job ? `made here, for ${job}` : `made here, for another job than ${job}`;
}

async function readPixels(file: string) {
  try {
    return await pixelsOfFile(await readFile(file));
  } catch (cause) {
    throw new PipelineError("invalid_image", `${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        watermark: { type: "string" },
        name: { type: "string" },
        job: { type: "string" },
        train: { type: "string" },
        seed: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
