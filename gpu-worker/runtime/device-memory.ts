import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { EngineSetup } from "../engine.ts";

export interface NvidiaGpu {
  readonly name: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Compute capability, 8.6 for an RTX 3090. */
  readonly capability: number;
}

const mebibyte = 2 ** 20;

/** The NVIDIA GPUs that the driver knows; none where there is no driver. */
export async function listNvidiaGpus(): Promise<NvidiaGpu[]> {
  const query = ["--query-gpu=name,memory.total,memory.free,compute_cap", "--format=csv,noheader,nounits"];
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", query, { timeout: 10_000 });
    return stdout
      .trim()
      .split("\n")
      .map((line) => {
        const [name = "", total, free, capability] = line.split(",").map((field) => field.trim());
        return {
          name,
          totalBytes: Number(total) * mebibyte,
          freeBytes: Number(free) * mebibyte,
          capability: Number(capability),
        };
      });
  } catch {
    return [];
  }
}

/**
 * Why a GPU cannot draw with this engine; `undefined` when it can. What computes in bfloat16 begins with 8.0; float16,
 * which older cards have, overflows in this transformer.
 */
export function capabilityRemedy({ name, capability }: NvidiaGpu): string | undefined {
  if (!(capability < 8)) return undefined;
  return (
    `${name} has no bfloat16 (compute capability ${capability.toFixed(1)}, expected 8.0 or more: RTX 30, A10, L4 and ` +
    "later), and this transformer overflows in float16; take DEVICE=webgpu with int4 weights, or DEVICE=cpu"
  );
}

/** Memory that a model may take on a device. WebGPU tells no size: that of the machine is taken. */
export async function freeMemoryBytes(device: EngineSetup["device"]): Promise<number> {
  const [gpu] = device === "cuda" ? await listNvidiaGpus() : [];
  // The limit of the container, if it has one.
  return gpu?.freeBytes ?? process.availableMemory();
}
