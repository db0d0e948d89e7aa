import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { EngineSetup } from "../engine.ts";

export interface GpuMemory {
  readonly name: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

const mebibyte = 2 ** 20;

/** The NVIDIA GPUs that the driver knows; none where there is no driver. */
export async function listNvidiaGpus(): Promise<GpuMemory[]> {
  const query = ["--query-gpu=name,memory.total,memory.free", "--format=csv,noheader,nounits"];
  try {
    const { stdout } = await promisify(execFile)("nvidia-smi", query, { timeout: 10_000 });
    return stdout
      .trim()
      .split("\n")
      .map((line) => {
        const [name = "", total, free] = line.split(",").map((field) => field.trim());
        return { name, totalBytes: Number(total) * mebibyte, freeBytes: Number(free) * mebibyte };
      });
  } catch {
    return [];
  }
}

/** Memory that a model may take on a device. WebGPU tells no size: that of the machine is taken. */
export async function freeMemoryBytes(device: EngineSetup["device"]): Promise<number> {
  const [gpu] = device === "cuda" ? await listNvidiaGpus() : [];
  // The limit of the container, if it has one.
  return gpu?.freeBytes ?? process.availableMemory();
}
