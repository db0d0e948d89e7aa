import type { OnnxRuntime, SessionOptions } from "../onnx-session.ts";
import { withRemedy } from "../provider-remedy.ts";
import { runtimeError } from "../runtime-error.ts";
import { CapturedRuns } from "./captured-runs.ts";
import { CApiSession, type FfiSession, HostRuns } from "./ffi-session.ts";
import { NativeSession } from "./native-session.ts";
import { bundledLibrary, type OrtCApi, type Pointer } from "./ort-c-api.ts";
import { deviceMemory, errorsOnly, type OpenApi, openApi } from "./ort-environment.ts";

export type FfiDevice = "cpu" | "cuda" | "webgpu";

export interface FfiRuntimeOptions {
  /** @default "cpu" */
  readonly device?: FfiDevice;
  /** CPU threads within one operator. @default one per core */
  readonly threads?: number;
  /**
   * Most bytes that tensors may take on the device; going past it fails with the runtime's own out-of-memory error.
   * @default no limit
   */
  readonly memoryLimitBytes?: number;
  /** How device memory grows: `exact` takes what is asked for, `doubling` the next power of two. @default "exact" */
  readonly arenaGrowth?: "exact" | "doubling";
  /** More options of the CUDA provider, by its own names, such as `use_tf32` or `sdpa_kernel`. */
  readonly cudaOptions?: Readonly<Record<string, string>>;
  /**
   * Record the commands of sessions that are run again and again at the same sizes, and replay them: CUDA graphs, or
   * WebGPU's captured commands. WebGPU does not record copies, so a graph must not end in a `Reshape` there. A CPU has
   * nothing to record.
   * @default false
   */
  readonly captureGraphs?: boolean;
  /** More session configuration, by the runtime's own keys. */
  readonly sessionConfig?: Readonly<Record<string, string>>;
  /** Fixes symbolic sizes of every graph, by their names. */
  readonly fixedSizes?: Readonly<Record<string, number>>;
  /** Checked while a session is made and while it runs; once true, either ends with CanceledError. */
  readonly isCanceled?: () => boolean;
  /** Path of another build of the library. @default the one inside onnxruntime-node */
  readonly library?: string;
}

export interface FfiRuntime extends OnnxRuntime {
  createSession(model: Uint8Array, options?: SessionOptions): Promise<FfiSession>;
}

/**
 * ONNX Runtime through its C API. Sessions are made and run on threads of the FFI package, so the caller's event loop
 * goes on, and either can be stopped in its middle: the runtime looks at its flag between two operators. Memory limit,
 * arena and CUDA options are those that the Node binding does not pass on.
 * @throws PipelineError `runtime_missing`
 */
export function createFfiRuntime(options: FfiRuntimeOptions = {}): FfiRuntime {
  const api = openApi(options.library ?? bundledLibrary());
  limitCpuArena(api, options);
  return {
    async createSession(model, { weightsRoot, runsRepeat = false } = {}) {
      const { device = "cpu", captureGraphs = false } = options;
      const create = (bytes: Uint8Array, capture: boolean) =>
        makeSession(api, options, { bytes, weightsRoot, capture });
      if (device === "cpu") {
        const session = await create(model, false);
        return new CApiSession(session, new HostRuns(api, session, shrinkCpuArena));
      }
      const capture = captureGraphs && runsRepeat;
      const session = await create(model, capture);
      if (!capture) return new CApiSession(session, new HostRuns(api, session, {}));
      const createSession = (bytes: Uint8Array) => create(bytes, false);
      const runs = new CapturedRuns({ api, session, deviceMemory: deviceMemory(api, device), createSession });
      return new CApiSession(session, runs);
    },
  };
}

/**
 * Options of every run. Without this the CPU's arena keeps the activations of the largest run for as long as the
 * session lives.
 */
const shrinkCpuArena = { "memory.enable_memory_arena_shrinkage": "cpu:0" };

/** The C API limits the CPU's memory for all sessions of a process together, and only once. */
function limitCpuArena(api: OpenApi, { device = "cpu", memoryLimitBytes, arenaGrowth = "exact" }: FfiRuntimeOptions) {
  if (device !== "cpu" || memoryLimitBytes === undefined || api.cpuLimit === memoryLimitBytes) return;
  if (api.cpuLimit !== undefined) {
    throw new Error(
      `the CPU's memory is limited to ${api.cpuLimit} bytes already, and cannot be to ${memoryLimitBytes}`,
    );
  }
  const keys = ["max_mem", "arena_extend_strategy"];
  const values = BigUint64Array.of(BigInt(memoryLimitBytes), arenaGrowth === "exact" ? 1n : 0n);
  const arena = api.native.make("CreateArenaCfgV2", keys, values, keys.length);
  try {
    api.native.call("CreateAndRegisterAllocator", api.env, api.cpuMemory, arena);
  } finally {
    api.native.value("ReleaseArenaCfg", arena);
  }
  api.cpuLimit = memoryLimitBytes;
}

interface SessionRequest {
  readonly bytes: Uint8Array;
  readonly weightsRoot?: string;
  readonly capture: boolean;
}

async function makeSession(api: OpenApi, options: FfiRuntimeOptions, request: SessionRequest): Promise<NativeSession> {
  try {
    const sessionOptions = makeSessionOptions(api, options, request);
    try {
      return await NativeSession.create(api, request.bytes, sessionOptions, options.isCanceled);
    } finally {
      api.native.value("ReleaseSessionOptions", sessionOptions);
    }
  } catch (failure) {
    throw await withRemedy(failure, options.device ?? "cpu");
  }
}

function makeSessionOptions(
  { native, cpuLimit }: OpenApi,
  options: FfiRuntimeOptions,
  { weightsRoot, capture }: SessionRequest,
): Pointer {
  const { device = "cpu", threads, sessionConfig, fixedSizes = {} } = options;
  const config = {
    ...(weightsRoot !== undefined && { "session.model_external_initializers_file_folder_path": weightsRoot }),
    ...(cpuLimit !== undefined && { "session.use_env_allocators": "1" }),
    // Weights are allocated one by one; in the arena each would take the next power of two.
    ...(device === "cuda" && { "session.use_device_allocator_for_initializers": "1" }),
    ...sessionConfig,
  };
  const made = native.make("CreateSessionOptions");
  try {
    native.call("SetSessionLogSeverityLevel", made, errorsOnly);
    if (threads !== undefined) native.call("SetIntraOpNumThreads", made, threads);
    for (const [key, value] of Object.entries(config)) native.call("AddSessionConfigEntry", made, key, value);
    for (const [name, size] of Object.entries(fixedSizes)) {
      native.call("AddFreeDimensionOverrideByName", made, name, size);
    }
    if (device === "cuda") appendCuda(native, made, options, capture);
    if (device === "webgpu") {
      const given = capture ? { enableGraphCapture: "1" } : {};
      native.call(
        "AppendProvider",
        made,
        "WebGPU",
        Object.keys(given),
        Object.values(given),
        Object.keys(given).length,
      );
    }
    return made;
  } catch (cause) {
    native.value("ReleaseSessionOptions", made);
    throw runtimeError("session_failed", cause);
  }
}

function appendCuda(native: OrtCApi, sessionOptions: Pointer, options: FfiRuntimeOptions, capture: boolean): void {
  const { memoryLimitBytes, arenaGrowth = "exact", cudaOptions } = options;
  const given = Object.entries({
    arena_extend_strategy: arenaGrowth === "exact" ? "kSameAsRequested" : "kNextPowerOfTwo",
    gpu_mem_limit: memoryLimitBytes === undefined ? undefined : String(memoryLimitBytes),
    enable_cuda_graph: capture ? "1" : undefined,
    ...cudaOptions,
  }).filter((option): option is [string, string] => option[1] !== undefined);
  const cuda = native.make("CreateCUDAProviderOptions");
  try {
    const keys = given.map(([key]) => key);
    const values = given.map(([, value]) => value);
    native.call("UpdateCUDAProviderOptions", cuda, keys, values, given.length);
    native.call("AppendCuda", sessionOptions, cuda);
  } finally {
    native.value("ReleaseCUDAProviderOptions", cuda);
  }
}
