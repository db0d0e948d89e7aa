import { availableParallelism, cpus, totalmem } from "node:os";
import { describeSpeeds } from "../../engine/choose-layout.ts";
import {
  type MemoryDemand,
  type MemoryPlan,
  type ModelWeights,
  type Precision,
  planMemory,
} from "../../engine/memory-plan.ts";
import { measureProducts, type ProductSpeeds } from "../../networks/measure-products.ts";
import { capabilityRemedy, listNvidiaGpus } from "../../runtime/device-memory.ts";
import { createFfiRuntime } from "../../runtime/ffi/ffi-runtime.ts";
import { bundledLibrary, OrtCApi } from "../../runtime/ffi/ort-c-api.ts";
import { providerRemedy } from "../../runtime/provider-remedy.ts";
import { type Estimate, estimateSeconds, peakTeraflops } from "./estimate-seconds.ts";

export interface Backend {
  readonly device: MemoryDemand["device"];
  readonly name: string;
  readonly usable: boolean;
  readonly memoryBytes?: number;
  /** What is missing and how to mend it, when not usable. */
  readonly remedy?: string;
}

interface RunnableModel {
  readonly device: MemoryDemand["device"];
  readonly precision: Precision;
  readonly size: string;
  readonly fits: boolean;
  /** What the memory planner would do. */
  readonly plan: string;
  /** Absent where nothing is known to estimate from. */
  readonly estimate?: Estimate;
}

export interface DoctorReport {
  readonly cpu: string;
  /** What this CPU's products reach, where it can be used. */
  readonly speeds?: ProductSpeeds;
  readonly backends: readonly Backend[];
  readonly models: readonly RunnableModel[];
}

/** Parameters of the released models that are in memory: without the token table, whose rows are read from the file. */
const released = { textEncoder: 3.63e9, transformer: 6.154908736e9, vae: 0.083819683e9, dim: 3840 };
/**
 * Bytes per parameter: 4 and 8 bits have a float32 scale for each 32 values, and a sixth of the 4-bit form has 8. In
 * w8a8 a scale belongs to a row, and modulation, a fiftieth of the parameters, is expanded.
 */
const bytesPerParameter: Readonly<Record<Precision, number>> = {
  float32: 4,
  bfloat16: 2,
  w8a8: 1.06,
  int8: 1.125,
  int4: 0.72,
};
const precisions: Readonly<Record<MemoryDemand["device"], readonly Precision[]>> = {
  cpu: ["float32", "w8a8", "int8", "int4"],
  cuda: ["bfloat16", "int8", "int4"],
  webgpu: ["int8", "int4"],
};
const sides = [512, 1024, 2048];

/** Look at this machine. No network is loaded; some small products are computed on the CPU. */
export async function examine(): Promise<DoctorReport> {
  const backends = await listBackends();
  const speeds = backends[0]!.usable ? await measureProducts(createFfiRuntime()) : undefined;
  const models = backends.filter(({ usable }) => usable).flatMap((backend) => modelsOn(backend, speeds));
  return { cpu: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}`, speeds, backends, models };
}

/** What could compute here, the CPU first. */
export async function listBackends(): Promise<readonly Backend[]> {
  return [cpuBackend(), ...(await cudaBackends()), await webgpuBackend()];
}

function cpuBackend(): Backend {
  const limit = process.constrainedMemory();
  const memoryBytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  try {
    new OrtCApi(bundledLibrary());
    return { device: "cpu", name: "CPU", usable: true, memoryBytes };
  } catch (error) {
    return { device: "cpu", name: "CPU", usable: false, remedy: (error as Error).message };
  }
}

async function cudaBackends(): Promise<Backend[]> {
  const gpus = await listNvidiaGpus();
  if (gpus.length === 0) {
    const remedy = "no NVIDIA driver answers (nvidia-smi); install one on a machine with such a GPU";
    return [{ device: "cuda", name: "CUDA", usable: false, remedy }];
  }
  const missing = await providerRemedy("cuda");
  return gpus.map((gpu) => {
    const remedy = capabilityRemedy(gpu) ?? missing;
    return { device: "cuda", name: gpu.name, usable: remedy === undefined, memoryBytes: gpu.totalBytes, remedy };
  });
}

async function webgpuBackend(): Promise<Backend> {
  const remedy = await providerRemedy("webgpu");
  const name = "WebGPU (not verified on this machine)";
  return { device: "webgpu", name, usable: remedy === undefined, memoryBytes: totalmem(), remedy };
}

/** How the released model of one precision fits on a backend. */
export function planReleased({ device, memoryBytes = 0 }: Backend, precision: Precision, side: number): MemoryPlan {
  const weights = [weightsIn(precision)];
  return planMemory({ device, memoryBytes, dim: released.dim, width: side, height: side, batch: 1, weights });
}

function modelsOn(backend: Backend, speeds?: ProductSpeeds): RunnableModel[] {
  const { device, name } = backend;
  // Without a speed the products are wrong here.
  const here = precisions[device].filter((precision) => precision !== "w8a8" || speeds?.w8a8 !== undefined);
  return sides.flatMap((side) =>
    here.map((precision) => {
      const plan = planReleased(backend, precision, side);
      const size = `${side}×${side}`;
      const peak = device === "cuda" ? peakTeraflops(name) : undefined;
      // Weights that are read again for every step take as long as the disk does.
      const isBoundByWork = plan.fits && plan.residency !== "streamed";
      const estimate = isBoundByWork
        ? estimateSeconds({ device, side, precision, peak: peak || undefined, speeds })
        : undefined;
      return { device, precision, size, fits: plan.fits, plan: plan.reason, estimate };
    }),
  );
}

function weightsIn(precision: Precision): ModelWeights {
  const bytes = bytesPerParameter[precision];
  return {
    precision,
    textEncoder: bytes * released.textEncoder,
    transformer: bytes * released.transformer,
    vae: bytesPerParameter.float32 * released.vae,
  };
}

/** The report for people. */
export function describeDoctor({ cpu, speeds, backends, models }: DoctorReport): string {
  const gigabytes = (bytes = 0) => `${(bytes / 1e9).toFixed(1)} GB`;
  const backendLine = ({ name, usable, memoryBytes, remedy }: Backend) =>
    usable ? `  yes  ${name}, ${gigabytes(memoryBytes)}` : `  no   ${name}: ${remedy}`;
  const modelLine = ({ device, precision, size, fits, plan, estimate }: RunnableModel) => {
    const seconds = estimate && `; about ${formatSeconds(estimate.seconds)} an image (estimate: ${estimate.basis})`;
    return `  ${fits ? "yes" : "no "}  ${device} ${size} ${plan.startsWith(precision) ? "" : `${precision} `}${plan}${seconds ?? ""}`;
  };
  return [
    speeds ? `${cpu}; ${describeSpeeds(speeds)}` : cpu,
    "\nBackends",
    ...backends.map(backendLine),
    "\nZ-Image-Turbo, 8 steps (Z-Image: 7 to 12 times as long)",
    ...models.map(modelLine),
    "\nThe small model in this repository runs on every CPU: npm start",
  ].join("\n");
}

function formatSeconds(seconds: number): string {
  return seconds < 10
    ? `${seconds.toFixed(1)} s`
    : seconds < 600
      ? `${seconds.toFixed(0)} s`
      : `${(seconds / 60).toFixed(0)} min`;
}
