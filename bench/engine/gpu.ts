import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { PrecisionChoice } from "../../gpu-worker/engine/choose-layout.ts";
import { loadEngine } from "../../gpu-worker/engine/engine-client.ts";
import type { Residency } from "../../gpu-worker/engine/memory-plan.ts";
import type { Engine, EngineSetup } from "../../gpu-worker/engine.ts";
import { chooseAttention } from "../../gpu-worker/networks/choose-attention.ts";
import { loadTransformer } from "../../gpu-worker/networks/transformer/transformer-model.ts";
import { noiseLatents } from "../../gpu-worker/pipeline/latents.ts";
import { listNvidiaGpus } from "../../gpu-worker/runtime/device-memory.ts";
import { createFfiRuntime } from "../../gpu-worker/runtime/ffi/ffi-runtime.ts";
import type { Tensor } from "../../gpu-worker/tensor.ts";
import { openModelFolder } from "../../gpu-worker/weights/folder/model-folder.ts";
import { relativeError } from "../../test/support/engine/relative-error.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { type Report, type ReportOne, reportOf } from "../report.ts";
import { quantile } from "../statistics.ts";
import { releasedLayers, withRandomModel } from "./full-size.ts";
import { type ImageUsage, measureImage, squareParams } from "./measure-image.ts";

export interface GpuOptions {
  /** Sides of the images in pixels. */
  readonly sides: readonly number[];
  readonly steps: number;
  /** Images of each size that are timed, after one that is not. */
  readonly images: number;
  /** Main layers. @default the released 30 */
  readonly layers?: number;
  /** Folder for the weights during the run, 20.5 GB with all layers. */
  readonly dir?: string;
  /** `cpu` is for trying the benchmark itself where there is no GPU. */
  readonly device: Exclude<EngineSetup["device"], "webgpu">;
}

/**
 * Layers of the transformer whose numbers are compared with float32: the error of bfloat16 is already plain, and
 * float32 on a CPU is not yet slow.
 */
const comparedLayers = 2;
const variants: readonly Variant[] = [
  { label: "resident", residency: "resident" },
  { label: "resident, captured", residency: "resident", captureGraphs: true },
  { label: "sequential", residency: "sequential" },
];

/** A way to run that is measured. */
interface Variant {
  readonly label: string;
  readonly residency: Residency;
  /** Replay the transformer's commands instead of launching them one by one. */
  readonly captureGraphs?: boolean;
  readonly precision?: PrecisionChoice;
}

/**
 * A model of the released shapes with random bfloat16 weights on a GPU: seconds per stage and image, device memory with
 * everything resident and with one network at a time, the error of bfloat16, and PyTorch's time for the same
 * transformer where `python3` has it. Set ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO=1 to see which attention kernel runs.
 */
export async function benchGpu(report: Report, options: GpuOptions): Promise<void> {
  const { device, layers = releasedLayers } = options;
  const figure = reportOf("gpu", report);
  const [gpu] = await listNvidiaGpus();
  if (device === "cuda" && !gpu)
    throw new Error("nvidia-smi knows no GPU here; --device cpu tries the benchmark itself");
  if (gpu) console.error(`${gpu.name}, ${(gpu.totalBytes / 1e9).toFixed(0)} GB`);
  await withRandomModel("bf16", options, async ({ model, bytes, writeS }) => {
    figure("random weights written", bytes / 1e9, "GB", `bfloat16, ${layers} layers, in ${writeS.toFixed(0)} s`);
    for (const variant of variants) await benchVariant(figure, model, variant, options);
  });
  // Integer products are not the default on a GPU, because they have not been measured there yet.
  await withRandomModel("int8-convrot", options, ({ model }) =>
    benchVariant(figure, model, { label: "w8a8", residency: "resident", precision: "w8a8" }, options),
  );
  await withRandomModel("bf16", { ...options, layers: comparedLayers }, async ({ model }) => {
    const [actual, expected] = [await forward(model, device), await forward(model, "cpu")];
    const detail = `${comparedLayers} main layers and the refiners at 512×512, against float32 on the CPU`;
    figure(
      "error of the transformer, relative to its root mean square",
      relativeError(actual.data, expected.data),
      "",
      detail,
    );
  });
  await benchPeer(figure, options);
}

async function benchVariant(figure: ReportOne, model: string, variant: Variant, options: GpuOptions): Promise<void> {
  const { label, ...how } = variant;
  const { device, sides, steps, images } = options;
  const before = await usedMemory();
  const loading = performance.now();
  const engine = await loadEngine({ modelDir: model, device, ...how });
  figure(`${label}: load`, (performance.now() - loading) / 1000, "s");
  try {
    for (const side of sides) {
      const { runs, peakBytes } = await withPeakMemory(() => drawSome(engine, side, steps, images));
      const median = (pick: (run: ImageUsage) => number) => quantile(runs.map(pick), 0.5);
      const detail = `${label}, ${side}×${side}, ${steps} steps, median of ${images}`;
      figure(`text encoder, ${side}`, 1000 * median(({ encoder }) => encoder.wallS), "ms", detail);
      const transformer = (run: ImageUsage) => run.steps.reduce((sum, { wallS }) => sum + wallS, 0);
      figure(`${steps} transformer steps, ${side}`, median(transformer), "s", detail);
      figure(`VAE and PNG, ${side}`, 1000 * median(({ decoder }) => decoder.wallS), "ms", detail);
      figure(
        `prompt to PNG, ${side}`,
        median(({ whole }) => whole.wallS),
        "s",
        detail,
      );
      if (peakBytes > 0) figure(`device memory, ${side}`, (peakBytes - before) / 1e9, "GB", `${label}, highest seen`);
    }
  } finally {
    await engine.close();
  }
}

async function drawSome(engine: Engine, side: number, steps: number, images: number): Promise<ImageUsage[]> {
  await measureImage(engine, squareParams(side, steps));
  const runs: ImageUsage[] = [];
  for (let image = 0; image < images; image++) {
    // Another prompt each time: embeddings of the last ones are kept.
    const params = squareParams(side, steps);
    runs.push(await measureImage(engine, { ...params, prompt: `${params.prompt}, number ${image}` }));
  }
  return runs;
}

/** Memory in use on all GPUs that the driver lists, in bytes; 0 without a GPU. */
async function usedMemory(): Promise<number> {
  const gpus = await listNvidiaGpus();
  return gpus.reduce((sum, { totalBytes, freeBytes }) => sum + totalBytes - freeBytes, 0);
}

async function withPeakMemory(draw: () => Promise<ImageUsage[]>) {
  let peakBytes = 0;
  let done = false;
  const watching = (async () => {
    while (!done) {
      peakBytes = Math.max(peakBytes, await usedMemory());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    return { runs: await draw(), peakBytes };
  } finally {
    done = true;
    await watching;
  }
}

/** One step of the transformer on inputs that are the same each time. */
async function forward(model: string, device: GpuOptions["device"]): Promise<Tensor> {
  const folder = await openModelFolder(model);
  const runtime = createFfiRuntime({ device });
  const form = device === "cuda" ? { computeDtype: "bfloat16" as const } : {};
  const attention = await chooseAttention(device, runtime, form);
  const transformer = await loadTransformer(folder.transformer, runtime, { ...form, attention });
  const random = seededRandom(1);
  const shape = [64, transformer.config.capFeatDim] as const;
  const promptEmbeds = { data: Float32Array.from({ length: shape[0] * shape[1] }, () => random() - 0.5), shape };
  const [output] = await transformer.forward([{ latents: noiseLatents(1, 512, 512), promptEmbeds, t: 0.5 }]);
  await transformer.release();
  return output!;
}

/** PyTorch's time for the transformer of the same shapes, eager and compiled. */
async function benchPeer(
  figure: ReportOne,
  { device, sides, steps, layers = releasedLayers }: GpuOptions,
): Promise<void> {
  const script = join(import.meta.dirname, "peer-transformer.py");
  for (const side of sides) {
    const args = [script, device, String(side), String(layers), String(steps)];
    try {
      const { stdout } = await promisify(execFile)("python3", args, { maxBuffer: 2 ** 20 });
      const { runtime, eager, compiled } = JSON.parse(stdout) as { runtime: string; eager: number; compiled: number };
      figure(`${steps} transformer steps, ${side}, ${runtime}`, eager, "s", "eager, blocks alone");
      figure(`${steps} transformer steps, ${side}, ${runtime}`, compiled, "s", "compiled, blocks alone");
    } catch (error) {
      console.error(
        `gpu      no peer at ${side}: ${String((error as { stderr?: string }).stderr ?? error)
          .trim()
          .split("\n")
          .at(-1)}`,
      );
    }
  }
}
