import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type PrecisionChoice, precisionChoices } from "../gpu-worker/engine/choose-layout.ts";
import { PipelineError } from "../shared/errors.ts";
import { maxSide, minSide, sizeMultiple } from "../shared/limits.ts";
import { UsageError } from "../shared/process/command-line.ts";
import { wholeNumber } from "../shared/process/whole-number.ts";
import { benchCatalogue } from "./catalogue/catalogue.ts";
import { benchAwsCost } from "./cost/aws-cost.ts";
import { benchBlockErrors } from "./engine/block-errors.ts";
import { benchBlock } from "./engine/block-forms.ts";
import { benchEngine } from "./engine/engine.ts";
import { benchFullSize, type FullSizeOptions, fullSizeForms } from "./engine/full-size.ts";
import { benchGpu, type GpuOptions } from "./engine/gpu.ts";
import { benchTrainBlock } from "./engine/train-block.ts";
import { createReport, machine, type Report } from "./report.ts";
import { benchApi } from "./service/api.ts";
import { benchAwsScale, type ScaleOptions } from "./service/aws-scale.ts";
import { type BatchOptions, benchBatch } from "./service/batch.ts";
import { benchLoad, type LoadOptions } from "./service/load.ts";
import { benchMixed, type MixedOptions } from "./service/mixed.ts";
import { benchQueue } from "./service/queue.ts";
import { benchRecords } from "./service/records.ts";
import { benchStored, type StoredOptions } from "./service/stored.ts";
import { benchTiny } from "./tiny/tiny.ts";

/** The benchmarks that run when none is named. */
const benches = {
  engine: benchEngine,
  block: benchBlock,
  "train-block": benchTrainBlock,
  api: benchApi,
  queue: benchQueue,
};

const named = [
  "tiny",
  "block-errors",
  "full-size",
  "gpu",
  "load",
  "stored",
  "mixed",
  "batch",
  "aws-scale",
  "aws-cost",
  "records",
  "catalogue",
];
const defaultScoreSet = join(import.meta.dirname, "../models/zimage-tiny/score-set.ts");

const help = `npm run bench -- [NAME ...] [--json]

  engine   time per stage of an image (tiny random model)
  block    one full-width transformer block in every form of weights, beside PyTorch where python3 has it
  train-block  LoRA training of one full-width transformer block: time and memory
  api      requests per second of POST /v1/jobs and GET /v1/jobs/{id}
  queue    accepted → claimed, p50 and p99

Without a name all of them run. --json prints one object per figure.
Compare only figures of one run: machines differ, and so do their neighbours.

  tiny     how well a small model draws the objects it was trained on; runs only when named

  --model DIR        the model, in the Hugging Face layout (needed)
  --score-set FILE   module that exports scoreSet: objects, captions, training images
                     (default: models/zimage-tiny/score-set.ts)
  --captions N       images per language, 2 to 10000 (default: 200)
  --seed N           decides objects, wording and noise (default: 1)
  --steps N          1 to 100 (default: what the model was made for)
  --precision NAME   stored, w8a8 or int4 (default: auto; another form is laid out beside the model)
  --sheet FILE.png   generated images above their training images

  block-errors  what each kind of layers adds to the error of w8a8 in that block; runs only when named

  full-size  an image by a model of the released shapes with random weights, in int4 and in w8a8; runs only when named

  --steps N          1 to 100 (default: 8)
  --side N           pixels, a multiple of 16 (default: 256)
  --threads N        CPU threads (default: one per core)
  --layers N         1 to 30: fewer main layers, for a quick look (default: 30)
  --dir DIR          where 7.6 GB of weights lie meanwhile (default: the system's temporary folder)
  --memory-gb N      memory to plan for (default: 8 for int4, 10 for w8a8)
  --precision NAME   int4 or w8a8 alone

  gpu      the released shapes with random bfloat16 weights on an NVIDIA GPU, beside PyTorch; runs only when named

  --sides A,B        pixels, multiples of 16 (default: 512,1024,1536,2048)
  --steps N          1 to 100 (default: 8)
  --images N       timed images of each size (default: 5)
  --layers N         1 to 30 (default: 30)
  --dir DIR          where 20.5 GB of weights lie meanwhile
  --device NAME      cuda, or cpu to try the benchmark itself (default: cuda)

  load     npm start under a backlog and a steady rate of jobs, then every promise checked; runs only when named

  --seconds N        of the steady rate (default: 60)
  --rate N           jobs asked for per second (default: 300)
  --rows N           batch jobs that wait meanwhile (default: 50000)

  stored   npm start with a full store beside one with an empty store; runs only when named

  --jobs N           ended jobs in the full store (default: 300000)
  --requests N       of each kind to each service (default: 300)
  --objects N        stored files that the sweep walks over (default: 100000)
  --dir DIR          keep the full store in DIR, or use the one that is there (default: a throw-away folder)

  mixed    npm start under jobs, batches, followers, cancels and failing webhooks, and what grows; runs only when named

  --seconds N        (default: 300)
  --rate N           jobs submitted per second (default: 3)

  batch    npm start with a batch of OpenAI's client, uploaded in parts, by a worker that draws nothing; runs only when named

  --rows N           lines of the batch (default: 50000)

  aws-scale  three batches through the functions of AWS, with its latencies, in virtual time; runs only when named

  --rows N           rows of each batch (default: 50000)
  --workers N        most workers (default: 200)

  catalogue  a table of products read into products (CSV, a Shopify export, XLSX), and runs over it; runs only when named

  --rows N           rows of each file (default: 50000)

  aws-cost  capacity, requests and dollars of one job on AWS, counted from request to webhook; runs only when named

  records  chain, sign and verify the records of 100,000 jobs of a day; runs only when named

Exit status: 0 done, 1 a gate of tiny or a target of aws-cost or records is not met or something failed, 2 bad usage.`;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const { values, positionals } = parse();
    if (values.help) {
      console.log(help);
      return 0;
    }
    const unknown = positionals.filter((name) => !named.includes(name) && !(name in benches));
    if (unknown.length > 0) throw new UsageError(`unknown bench ${unknown.join(", ")}`);
    const runTiny = positionals.includes("tiny") ? tinyBench(values) : undefined;
    const fullSize = positionals.includes("full-size") ? fullSizeOptions(values) : undefined;
    const gpu = positionals.includes("gpu") ? gpuOptions(values) : undefined;
    const load = positionals.includes("load") ? loadOptions(values) : undefined;
    const stored = positionals.includes("stored") ? storedOptions(values) : undefined;
    const mixed = positionals.includes("mixed") ? mixedOptions(values) : undefined;
    const report = createReport(values.json);
    if (!values.json) console.log(`${machine()}\n`);
    for (const [name, bench] of Object.entries(benches)) {
      if (positionals.length === 0 || positionals.includes(name)) await bench(report);
    }
    if (positionals.includes("block-errors")) await benchBlockErrors(report);
    if (load) await benchLoad(report, load);
    if (positionals.includes("batch")) await benchBatch(report, batchOptions(values));
    if (positionals.includes("aws-scale")) await benchAwsScale(report, scaleOptions(values));
    const meetsCost = !positionals.includes("aws-cost") || (await benchAwsCost(report));
    const findsRemoved = !positionals.includes("records") || (await benchRecords(report));
    if (positionals.includes("catalogue")) {
      await benchCatalogue(report, { rows: wholeNumber("--rows", values.rows ?? "50000", { min: 10, max: 50_000 }) });
    }
    if (stored) await benchStored(report, stored);
    if (mixed) await benchMixed(report, mixed);
    if (fullSize) await benchFullSize(report, fullSize);
    if (gpu) await benchGpu(report, gpu);
    const passesTiny = runTiny === undefined || (await runTiny(report));
    return meetsCost && findsRemoved && passesTiny ? 0 : 1;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${help}`);
      return 2;
    }
    if (!(error instanceof PipelineError)) throw error;
    console.error(error.message);
    return 1;
  }
}

function parse() {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
        model: text,
        "score-set": text,
        captions: text,
        seed: text,
        sheet: text,
        steps: text,
        side: text,
        threads: text,
        layers: text,
        dir: text,
        "memory-gb": text,
        precision: text,
        sides: text,
        images: text,
        device: text,
        seconds: text,
        rate: text,
        rows: text,
        workers: text,
        jobs: text,
        requests: text,
        objects: text,
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function tinyBench(values: ReturnType<typeof parse>["values"]): (report: Report) => Promise<boolean> {
  if (!values.model) throw new UsageError("tiny needs --model DIR");
  const options = {
    modelDir: values.model,
    scoreSetPath: values["score-set"] ?? defaultScoreSet,
    captions: wholeNumber("--captions", values.captions ?? "200", { min: 2, max: 10_000 }),
    seed: wholeNumber("--seed", values.seed ?? "1", { min: 0, max: 2 ** 31 }),
    steps: values.steps === undefined ? undefined : wholeNumber("--steps", values.steps, { min: 1, max: 100 }),
    sheet: values.sheet,
    precision: tinyPrecision(values.precision),
  };
  return (report) => benchTiny(report, options);
}

function tinyPrecision(value: string | undefined): PrecisionChoice | undefined {
  const precision = precisionChoices.find((name) => name === value);
  if (value === undefined || precision !== undefined) return precision;
  throw new UsageError(`--precision must be one of ${precisionChoices.join(", ")}, got ${value}`);
}

function loadOptions(values: ReturnType<typeof parse>["values"]): LoadOptions {
  return {
    seconds: wholeNumber("--seconds", values.seconds ?? "60", { min: 1, max: 3_600 }),
    rate: wholeNumber("--rate", values.rate ?? "300", { min: 1, max: 10_000 }),
    rows: wholeNumber("--rows", values.rows ?? "50000", { min: 0, max: 150_000 }),
  };
}

function batchOptions(values: ReturnType<typeof parse>["values"]): BatchOptions {
  return { rows: wholeNumber("--rows", values.rows ?? "50000", { min: 1, max: 50_000 }) };
}

function scaleOptions(values: ReturnType<typeof parse>["values"]): ScaleOptions {
  return {
    rows: wholeNumber("--rows", values.rows ?? "50000", { min: 1, max: 50_000 }),
    workers: wholeNumber("--workers", values.workers ?? "200", { min: 1, max: 1_000 }),
  };
}

function storedOptions(values: ReturnType<typeof parse>["values"]): StoredOptions {
  return {
    jobs: wholeNumber("--jobs", values.jobs ?? "300000", { min: 100, max: 3_000_000 }),
    requests: wholeNumber("--requests", values.requests ?? "300", { min: 10, max: 100_000 }),
    objects: wholeNumber("--objects", values.objects ?? "100000", { min: 10, max: 3_000_000 }),
    dir: values.dir,
  };
}

function mixedOptions(values: ReturnType<typeof parse>["values"]): MixedOptions {
  return {
    seconds: wholeNumber("--seconds", values.seconds ?? "300", { min: 20, max: 86_400 }),
    rate: wholeNumber("--rate", values.rate ?? "3", { min: 1, max: 1_000 }),
  };
}

function formsOf(precision: string | undefined): FullSizeOptions["forms"] {
  if (precision === undefined) return fullSizeForms;
  const form = fullSizeForms.find((name) => name === precision);
  if (!form) throw new UsageError(`--precision must be ${fullSizeForms.join(" or ")}, got ${precision}`);
  return [form];
}

function fullSizeOptions(values: ReturnType<typeof parse>["values"]): FullSizeOptions {
  return {
    side: sideOf("side", values.side ?? "256"),
    memoryBytes:
      values["memory-gb"] === undefined
        ? undefined
        : 1e9 * wholeNumber("--memory-gb", values["memory-gb"], { min: 1, max: 10_000 }),
    forms: formsOf(values.precision),
    steps: wholeNumber("--steps", values.steps ?? "8", { min: 1, max: 100 }),
    threads: wholeNumber("--threads", values.threads ?? String(availableParallelism()), { min: 1, max: 1024 }),
    ...sharedOptions(values),
  };
}

function gpuOptions(values: ReturnType<typeof parse>["values"]): GpuOptions {
  const device = values.device ?? "cuda";
  if (device !== "cuda" && device !== "cpu") throw new UsageError(`--device must be cuda or cpu, got ${device}`);
  return {
    device,
    sides: (values.sides ?? "512,1024,1536,2048").split(",").map((side) => sideOf("sides", side)),
    steps: wholeNumber("--steps", values.steps ?? "8", { min: 1, max: 100 }),
    images: wholeNumber("--images", values.images ?? "5", { min: 1, max: 1000 }),
    ...sharedOptions(values),
  };
}

function sharedOptions({ layers, dir }: ReturnType<typeof parse>["values"]): { layers?: number; dir?: string } {
  return {
    layers: layers === undefined ? undefined : wholeNumber("--layers", layers, { min: 1, max: 30 }),
    dir,
  };
}

function sideOf(option: string, text: string): number {
  const side = wholeNumber(`--${option}`, text, { min: minSide, max: maxSide });
  if (side % sizeMultiple !== 0) throw new UsageError(`--${option} must be a multiple of ${sizeMultiple}, got ${side}`);
  return side;
}
