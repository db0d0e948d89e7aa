import { mapLargeBlocks } from "../map-large-blocks.ts";
import { OrtCApi, type Pointer } from "./ort-c-api.ts";

/** One loaded library and what all of its sessions share. */
export interface OpenApi {
  readonly native: OrtCApi;
  readonly env: Pointer;
  readonly cpuMemory: Pointer;
  readonly allocator: Pointer;
  /** Limit of the CPU arena that all sessions share, once there is one. */
  cpuLimit?: number;
}

const opened = new Map<string, OpenApi>();

/** @throws PipelineError `runtime_missing` */
export function openApi(library: string): OpenApi {
  const known = opened.get(library);
  if (known) return known;
  mapLargeBlocks();
  const native = new OrtCApi(library);
  const api = {
    native,
    env: native.make("CreateEnv", errorsOnly, "z-image"),
    cpuMemory: native.make("CreateCpuMemoryInfo", arenaAllocator, defaultMemory),
    allocator: native.make("GetAllocatorWithDefaultOptions"),
  };
  opened.set(library, api);
  return api;
}

/** Severity of what the library logs. */
export const errorsOnly = 3;
/** `OrtAllocatorType` */
const deviceAllocator = 0;
const arenaAllocator = 1;
/** `OrtMemType` */
const defaultMemory = 0;

/** Memory of each device, by the names that the execution providers give it. Kept as long as the process lives. */
export function deviceMemory({ native }: OpenApi, device: "cuda" | "webgpu"): Pointer {
  const name = { cuda: "Cuda", webgpu: "WebGPU_Buf" }[device];
  return native.make("CreateMemoryInfo", name, deviceAllocator, 0, defaultMemory);
}
