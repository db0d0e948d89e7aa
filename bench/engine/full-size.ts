import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEngine } from "../../gpu-worker/engine/engine-client.ts";
import type { Engine } from "../../gpu-worker/engine.ts";
import type { ConversionTarget } from "../../gpu-worker/weights/convert/plan-conversion.ts";
import { releasedFolder } from "../../gpu-worker/weights/folder/component-config.ts";
import { CanceledError } from "../../shared/errors.ts";
import { type Report, type ReportOne, reportOf } from "../report.ts";
import { quantile } from "../statistics.ts";
import { type ImageUsage, measureImage, meter, squareParams } from "./measure-image.ts";
import { writeRandomModel } from "./random-model.ts";

export interface FullSizeOptions {
  /** Pixels. */
  readonly side: number;
  readonly steps: number;
  readonly threads: number;
  /** Main layers, fewer than the released 30 for a quick look. @default all */
  readonly layers?: number;
  /** Folder for the weights during the run, 7.6 GB. @default the system's folder for temporary files */
  readonly dir?: string;
  /** Memory that the engine plans for, in bytes. @default 8 GB for int4, 10 GB for w8a8 */
  readonly memoryBytes?: number;
  /** @default both */
  readonly forms?: readonly FullSizeForm[];
}

export const releasedLayers = 30;
/** What the refiners cost, in main layers: two see the image alone, two the caption alone. */
const refinerEquivalents = 2;

/**
 * An image by a model of the released shapes with random int4 weights, through the production engine: what the real
 * model costs on this machine.
 */
export async function benchFullSize(report: Report, options: FullSizeOptions): Promise<void> {
  const cpu: number[] = [];
  for (const form of options.forms ?? fullSizeForms) cpu.push(await benchForm(report, form, options));
  if (cpu.length < 2) return;
  reportOf("full", report)("CPU time per step, w8a8 ÷ int4", cpu[1]! / cpu[0]!, "");
}

/** The smaller one first: the highest memory of a process never falls. */
export const fullSizeForms = ["int4", "w8a8"] as const;
type FullSizeForm = (typeof fullSizeForms)[number];
/** Form of the weights on disk, and the memory to plan for by default; only the largest network is loaded at a time. */
const setups = {
  int4: { target: "int4", precision: "stored", memoryBytes: 8e9 },
  w8a8: { target: "int8-convrot", precision: "w8a8", memoryBytes: 10e9 },
} as const;

/** @returns CPU seconds per step */
async function benchForm(report: Report, form: FullSizeForm, options: FullSizeOptions): Promise<number> {
  const { side, steps, threads, layers = releasedLayers } = options;
  const { target, precision, memoryBytes: usual } = setups[form];
  const memoryBytes = options.memoryBytes ?? usual;
  const figure: ReportOne = (what, ...rest) => reportOf("full", report)(`${form}: ${what}`, ...rest);
  let cpuPerStep = Number.NaN;
  await withRandomModel(target, options, async ({ model, bytes, writeS }) => {
    figure("random weights written", bytes / 1e9, "GB", `${layers} layers, in ${writeS.toFixed(0)} s`);
    const loading = meter();
    const engine = await loadEngine({ modelDir: model, threads, memoryBytes, precision });
    const load = loading();
    figure("load", load.wallS, "s", `${load.cpuS.toFixed(1)} cpu-s; ${engine.setup?.plan ?? ""}`);
    figure("RSS after load", process.memoryUsage.rss() / 1e9, "GB");
    try {
      const image = await measureImage(engine, squareParams(side, steps), (step, used) =>
        process.stderr.write(`step ${step} of ${steps}: ${used.wallS.toFixed(1)} s, ${used.cpuS.toFixed(1)} cpu-s\n`),
      );
      cpuPerStep = reportImage(figure, image, options);
      // The engine is a thread: this process is all there is.
      figure("RSS, highest of all processes", (process.resourceUsage().maxRSS * 1024) / 1e9, "GB");
      figure("cancelled in the middle of a step, ended after", await cancelInStep(engine, options, image), "s");
    } finally {
      await engine.close();
    }
    figure("RSS after the engine was closed", process.memoryUsage.rss() / 1e9, "GB");
  });
  return cpuPerStep;
}

/** @returns CPU seconds per step */
function reportImage(
  figure: ReportOne,
  { encoder, steps, decoder, image, promptTokens }: ImageUsage,
  { side, threads, layers = releasedLayers }: FullSizeOptions,
): number {
  // With a network at a time the stage that first uses one also loads it.
  const warm = steps.length > 1 ? steps.slice(1) : steps;
  const median = (pick: (used: { wallS: number; cpuS: number }) => number) => quantile(warm.map(pick), 0.5);
  const cpu = median(({ cpuS }) => cpuS);
  const blocks = layers + refinerEquivalents;
  figure("text encoder", encoder.wallS, "s", `${promptTokens} tokens, ${encoder.cpuS.toFixed(1)} cpu-s`);
  figure("first step", steps[0]!.wallS, "s", `${steps[0]!.cpuS.toFixed(1)} cpu-s`);
  const detail = `${side}×${side}, ${threads} threads, median of ${warm.length}`;
  figure(
    "seconds per step",
    median(({ wallS }) => wallS),
    "s",
    detail,
  );
  figure("CPU time per step", cpu, "cpu-s", "user and system");
  figure("CPU time per block", cpu / blocks, "cpu-s", `step ÷ ${blocks}`);
  figure("VAE and PNG", decoder.wallS, "s", `${decoder.cpuS.toFixed(1)} cpu-s`);
  figure("image", image.bytes.length / 1e3, "kB", `PNG ${image.width}×${image.height}, decoded again`);
  return cpu;
}

/** Cancel halfway through the second step of another image. @returns seconds until the engine was free */
async function cancelInStep(engine: Engine, { side }: FullSizeOptions, { steps }: ImageUsage): Promise<number> {
  const stop = new AbortController();
  let asked = 0;
  const halfStep = (steps.at(-1)!.wallS * 1000) / 2;
  try {
    for await (const event of engine.generate(squareParams(side, 4), { signal: stop.signal })) {
      if (event.type !== "step" || event.step !== 1) continue;
      setTimeout(() => {
        asked = performance.now();
        stop.abort();
      }, halfStep);
    }
  } catch (error) {
    if (!(error instanceof CanceledError)) throw error;
    return (performance.now() - asked) / 1000;
  }
  throw new Error("the image was drawn although it was cancelled");
}

interface RandomModel {
  readonly model: string;
  /** Size of the weights. */
  readonly bytes: number;
  readonly writeS: number;
}

/**
 * Lay random weights of the released shapes on disk for as long as `use` takes. They are removed afterwards, also after
 * Ctrl-C.
 */
export async function withRandomModel(
  form: ConversionTarget,
  { dir = tmpdir(), layers }: Pick<FullSizeOptions, "dir" | "layers">,
  use: (model: RandomModel) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(dir, "z-image-full-size-"));
  const interrupt = () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    const model = join(folder, "z-image-turbo");
    await mkdir(model);
    const tokenizer = join(import.meta.dirname, "../../test/golden/checkpoints/tiny-turbo/tokenizer");
    const writing = meter();
    const bytes = await writeRandomModel(model, releasedFolder, tokenizer, form, layers);
    await use({ model, bytes, writeS: writing().wallS });
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    await rm(folder, { recursive: true, force: true });
  }
}
