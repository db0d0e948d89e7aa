import koffi from "koffi";
import { CanceledError, PipelineError } from "../../shared/errors.ts";
import type { OnnxRuntime, OnnxSession, OnnxTensor } from "./onnx-session.ts";
import { bundledLibrary, OrtCApi, type Pointer } from "./ort-c-api.ts";

export type FfiDevice = "cpu" | "cuda" | "webgpu";

export interface FfiRuntimeOptions {
  /** @default "cpu" */
  readonly device?: FfiDevice;
  /** CPU threads within one operator. @default one per core */
  readonly threads?: number;
  /** Most bytes that tensors may take on the device; going past it fails with the runtime's own out-of-memory error. @default no limit */
  readonly memoryLimitBytes?: number;
  /** How device memory grows: `exact` takes what is asked for, `doubling` the next power of two. @default "exact" */
  readonly arenaGrowth?: "exact" | "doubling";
  /** More options of the CUDA provider, by its own names, such as `use_tf32` or `sdpa_kernel`. */
  readonly cudaOptions?: Readonly<Record<string, string>>;
  /** More session configuration, by the runtime's own keys. */
  readonly sessionConfig?: Readonly<Record<string, string>>;
  /** Fixes symbolic sizes of every graph, by their names. */
  readonly fixedSizes?: Readonly<Record<string, number>>;
  /** Asked while a session is made and while it runs; once true, either ends with CanceledError. */
  readonly isCanceled?: () => boolean;
  /** Path of another build of the library. @default the one inside onnxruntime-node */
  readonly library?: string;
}

/** Who was given a node of a graph. */
export interface NodeAssignment {
  readonly provider: string;
  readonly op: string;
  readonly name: string;
}

export interface FfiSession extends OnnxSession {
  /** Which provider runs each node. Needs the session configuration `session.record_ep_graph_assignment_info` = `1`. */
  assignments(): readonly NodeAssignment[];
}

export interface FfiRuntime extends OnnxRuntime {
  createSession(model: Uint8Array, options?: { readonly weightsRoot?: string }): Promise<FfiSession>;
}

/** How often a run is looked at for cancelling. */
const cancelPollMs = 25;

/**
 * ONNX Runtime through its C API. Sessions are made and run on threads of the FFI package, so the caller's event loop goes on, and either can be stopped in its
 * middle: the runtime looks at its flag between two operators. Memory limit, arena and CUDA options are those that the Node binding does not pass on.
 * @throws PipelineError `runtime_missing`
 */
export function createFfiRuntime(options: FfiRuntimeOptions = {}): FfiRuntime {
  const api = openApi(options.library ?? bundledLibrary());
  limitCpuArena(api, options);
  return {
    async createSession(model, { weightsRoot } = {}) {
      const sessionOptions = makeSessionOptions(api, options, weightsRoot);
      try {
        const out: [Pointer | null] = [null];
        await cancelable(
          options.isCanceled,
          () => api.native.callAsync("CreateSessionFromArray", api.env, model, model.byteLength, sessionOptions, out),
          () => api.native.call("SessionOptionsSetLoadCancellationFlag", sessionOptions, true),
          "session_failed",
        );
        return new CApiSession(api, out[0]!, options);
      } finally {
        api.native.value("ReleaseSessionOptions", sessionOptions);
      }
    },
  };
}

/** One loaded library and what all of its sessions share. */
interface OpenApi {
  readonly native: OrtCApi;
  readonly env: Pointer;
  readonly cpuMemory: Pointer;
  readonly allocator: Pointer;
  /** Limit of the CPU arena that all sessions share, once there is one. */
  cpuLimit?: number;
}

const opened = new Map<string, OpenApi>();

function openApi(library: string): OpenApi {
  const known = opened.get(library);
  if (known) return known;
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

const errorsOnly = 3;
const arenaAllocator = 1;
const defaultMemory = 0;

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

function makeSessionOptions({ native, cpuLimit }: OpenApi, options: FfiRuntimeOptions, weightsRoot?: string): Pointer {
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
    if (device === "cuda") appendCuda(native, made, options);
    if (device === "webgpu") native.call("AppendProvider", made, "WebGPU", [], [], 0);
    return made;
  } catch (cause) {
    native.value("ReleaseSessionOptions", made);
    throw new PipelineError("session_failed", `ONNX Runtime: ${(cause as Error).message}`, { cause });
  }
}

function appendCuda(native: OrtCApi, sessionOptions: Pointer, options: FfiRuntimeOptions): void {
  const { memoryLimitBytes, arenaGrowth = "exact", cudaOptions } = options;
  const given = Object.entries({
    arena_extend_strategy: arenaGrowth === "exact" ? "kSameAsRequested" : "kNextPowerOfTwo",
    ...(memoryLimitBytes !== undefined && { gpu_mem_limit: String(memoryLimitBytes) }),
    ...cudaOptions,
  });
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

/** Run `work`; call `stop` once when `isCanceled` says so. The runtime's own message names the node, which is named after the checkpoint; it is kept. */
async function cancelable(
  isCanceled: (() => boolean) | undefined,
  work: () => Promise<void>,
  stop: () => void,
  code: string,
): Promise<void> {
  if (isCanceled?.()) throw new CanceledError();
  let canceled = false;
  const timer =
    isCanceled &&
    setInterval(() => {
      if (canceled || !isCanceled()) return;
      canceled = true;
      stop();
    }, cancelPollMs);
  try {
    await work();
  } catch (cause) {
    if (canceled) throw new CanceledError();
    throw new PipelineError(code, `ONNX Runtime: ${(cause as Error).message}`, { cause });
  } finally {
    clearInterval(timer);
  }
}

class CApiSession implements FfiSession {
  readonly #api: OpenApi;
  readonly #session: Pointer;
  readonly #outputNames: readonly string[];
  readonly #options: FfiRuntimeOptions;
  /** Resolves when the run under way, if any, has ended: memory must not go while the runtime works in it. */
  #running: Promise<unknown> = Promise.resolve();
  #released = false;

  constructor(api: OpenApi, session: Pointer, options: FfiRuntimeOptions) {
    this.#api = api;
    this.#session = session;
    this.#options = options;
    this.#outputNames = readOutputNames(api, session);
  }

  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<ReadonlyMap<string, OnnxTensor>> {
    const result = this.#running.then(() => this.#run(feeds));
    this.#running = result.catch(() => {});
    return result;
  }

  async #run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<ReadonlyMap<string, OnnxTensor>> {
    if (this.#released) throw new Error("the session was released");
    const { native } = this.#api;
    const names = Object.keys(feeds);
    const inputs: Pointer[] = [];
    const outputs: (Pointer | null)[] = this.#outputNames.map(() => null);
    const runOptions = native.make("CreateRunOptions");
    try {
      for (const tensor of Object.values(feeds)) inputs.push(makeTensor(this.#api, tensor));
      // Without this the CPU's arena keeps the activations of the largest run for as long as the session lives.
      if ((this.#options.device ?? "cpu") === "cpu") {
        native.call("AddRunConfigEntry", runOptions, "memory.enable_memory_arena_shrinkage", "cpu:0");
      }
      const work = () =>
        native.callAsync(
          "Run",
          ...[this.#session, runOptions, names, inputs, names.length],
          ...[this.#outputNames, this.#outputNames.length, outputs],
        );
      await cancelable(
        this.#options.isCanceled,
        work,
        () => native.call("RunOptionsSetTerminate", runOptions),
        "run_failed",
      );
      return new Map(outputs.map((value, index) => [this.#outputNames[index]!, readTensor(this.#api, value!)]));
    } finally {
      native.value("ReleaseRunOptions", runOptions);
      for (const value of [...inputs, ...outputs]) if (value) native.value("ReleaseValue", value);
    }
  }

  assignments(): readonly NodeAssignment[] {
    const { native } = this.#api;
    const list = (name: "Session_GetEpGraphAssignmentInfo" | "EpAssignedSubgraph_GetNodes", of: Pointer) => {
      const items: [Pointer | null] = [null];
      const count: [number] = [0];
      native.call(name, of, items, count);
      const length = Number(count[0]);
      return items[0] && length > 0 ? (koffi.decode(items[0], koffi.array("void *", length)) as Pointer[]) : [];
    };
    return list("Session_GetEpGraphAssignmentInfo", this.#session).flatMap((subgraph) => {
      const provider = native.make<string>("EpAssignedSubgraph_GetEpName", subgraph);
      return list("EpAssignedSubgraph_GetNodes", subgraph).map((node) => ({
        provider,
        op: native.make<string>("EpAssignedNode_GetOperatorType", node),
        name: native.make<string>("EpAssignedNode_GetName", node),
      }));
    });
  }

  async release(): Promise<void> {
    await this.#running;
    if (this.#released) return;
    this.#released = true;
    this.#api.native.value("ReleaseSession", this.#session);
  }
}

function readOutputNames({ native, allocator }: OpenApi, session: Pointer): string[] {
  const count = Number(native.make<number>("SessionGetOutputCount", session));
  return Array.from({ length: count }, (_, index) => {
    const name = native.make("SessionGetOutputName", session, index, allocator);
    const text = koffi.decode.string(name);
    native.call("AllocatorFree", allocator, name);
    return text;
  });
}

/** `ONNXTensorElementDataType` */
const elementType = { float32: 1, int32: 6, int64: 7, bool: 9, bfloat16: 16 } as const satisfies Record<
  OnnxTensor["dtype"],
  number
>;

/** The value refers to the tensor's own bytes, which must stay until it is released. */
function makeTensor({ native, cpuMemory }: OpenApi, { dtype, data, dims }: OnnxTensor): Pointer {
  const shape = BigInt64Array.from(dims, BigInt);
  return native.make(
    "CreateTensorWithDataAsOrtValue",
    ...[cpuMemory, data, data.byteLength, shape, dims.length, elementType[dtype]],
  );
}

function readTensor({ native }: OpenApi, value: Pointer): OnnxTensor {
  const info = native.make("GetTensorTypeAndShape", value);
  try {
    const type = native.make<number>("GetTensorElementType", info);
    const shape = new BigInt64Array(Number(native.make<number>("GetDimensionsCount", info)));
    native.call("GetDimensions", info, shape, shape.length);
    const dims = Array.from(shape, Number);
    const count = dims.reduce((product, size) => product * size, 1);
    if (type !== elementType.float32) throw new Error(`an output is of ONNX type ${type}; graphs give float32`);
    const data = new Float32Array(count);
    if (count > 0) data.set(new Float32Array(koffi.view(native.make("GetTensorMutableData", value), 4 * count)));
    return { dtype: "float32", data, dims };
  } finally {
    native.value("ReleaseTensorTypeAndShapeInfo", info);
  }
}
