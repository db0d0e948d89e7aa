import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import koffi, { type LibraryHandle, type TypeObject } from "koffi";
import { PipelineError } from "../../../shared/errors.ts";

// The library's optimizer recurses; the default of 128 KiB for calls on other threads is little for it. Must come
// before any library is loaded.
koffi.config({ async_stack_size: 8 * 2 ** 20 });

/**
 * The C API version whose table `declarations` index: that of onnxruntime-node 1.29. The table only ever grows at its
 * end.
 */
const apiVersion = 29;

/** An address; 0n is NULL. */
export type Pointer = bigint;

/**
 * The functions that we call: place in `struct OrtApi`, and declaration. Those that give a status return NULL or an
 * OrtStatus to be released.
 * @see onnxruntime `include/onnxruntime/core/session/onnxruntime_c_api.h`
 */
const declarations = {
  GetErrorCode: [1, "int GetErrorCode(void *status)"],
  GetErrorMessage: [2, "const char *GetErrorMessage(void *status)"],
  CreateEnv: [3, "void *CreateEnv(int severity, const char *id, _Out_ void **env)"],
  CreateSessionFromArray: [
    8,
    "void *CreateSessionFromArray(void *env, const void *model, size_t bytes, void *options, _Out_ void **session)",
  ],
  Run: [
    9,
    "void *Run(void *session, void *options, const char **inputNames, void **inputs, size_t inputCount, const " +
      "char **outputNames, size_t outputCount, _Inout_ void **outputs)",
  ],
  CreateSessionOptions: [10, "void *CreateSessionOptions(_Out_ void **options)"],
  SetSessionLogSeverityLevel: [22, "void *SetSessionLogSeverityLevel(void *options, int level)"],
  SetIntraOpNumThreads: [24, "void *SetIntraOpNumThreads(void *options, int count)"],
  SessionGetOutputCount: [31, "void *SessionGetOutputCount(void *session, _Out_ size_t *count)"],
  SessionGetOutputName: [
    37,
    "void *SessionGetOutputName(void *session, size_t index, void *allocator, _Out_ void **name)",
  ],
  CreateRunOptions: [39, "void *CreateRunOptions(_Out_ void **options)"],
  RunOptionsSetTerminate: [46, "void *RunOptionsSetTerminate(void *options)"],
  CreateTensorAsOrtValue: [
    48,
    "void *CreateTensorAsOrtValue(void *allocator, const int64_t *dims, size_t rank, int type, _Out_ void **value)",
  ],
  CreateTensorWithDataAsOrtValue: [
    49,
    "void *CreateTensorWithDataAsOrtValue(void *memory, void *data, size_t bytes, const int64_t *dims, size_t " +
      "rank, int type, _Out_ void **value)",
  ],
  GetTensorMutableData: [51, "void *GetTensorMutableData(void *value, _Out_ void **data)"],
  GetTensorElementType: [60, "void *GetTensorElementType(void *info, _Out_ int *type)"],
  GetDimensionsCount: [61, "void *GetDimensionsCount(void *info, _Out_ size_t *count)"],
  GetDimensions: [62, "void *GetDimensions(void *info, _Out_ int64_t *dims, size_t count)"],
  GetTensorTypeAndShape: [65, "void *GetTensorTypeAndShape(void *value, _Out_ void **info)"],
  CreateMemoryInfo: [
    68,
    "void *CreateMemoryInfo(const char *name, int allocatorType, int id, int memoryType, _Out_ void **info)",
  ],
  CreateCpuMemoryInfo: [69, "void *CreateCpuMemoryInfo(int allocatorType, int memoryType, _Out_ void **info)"],
  AllocatorFree: [76, "void *AllocatorFree(void *allocator, void *memory)"],
  GetAllocatorWithDefaultOptions: [78, "void *GetAllocatorWithDefaultOptions(_Out_ void **allocator)"],
  ReleaseStatus: [93, "void ReleaseStatus(void *status)"],
  ReleaseMemoryInfo: [94, "void ReleaseMemoryInfo(void *info)"],
  ReleaseSession: [95, "void ReleaseSession(void *session)"],
  ReleaseValue: [96, "void ReleaseValue(void *value)"],
  ReleaseRunOptions: [97, "void ReleaseRunOptions(void *options)"],
  ReleaseTensorTypeAndShapeInfo: [99, "void ReleaseTensorTypeAndShapeInfo(void *info)"],
  ReleaseSessionOptions: [100, "void ReleaseSessionOptions(void *options)"],
  AddFreeDimensionOverrideByName: [
    124,
    "void *AddFreeDimensionOverrideByName(void *options, const char *name, int64_t size)",
  ],
  AddSessionConfigEntry: [130, "void *AddSessionConfigEntry(void *options, const char *key, const char *value)"],
  CreateAllocator: [131, "void *CreateAllocator(void *session, void *memory, _Out_ void **allocator)"],
  ReleaseAllocator: [132, "void ReleaseAllocator(void *allocator)"],
  CreateAndRegisterAllocator: [144, "void *CreateAndRegisterAllocator(void *env, void *memory, void *arena)"],
  ReleaseArenaCfg: [157, "void ReleaseArenaCfg(void *arena)"],
  CreateArenaCfgV2: [
    164,
    "void *CreateArenaCfgV2(const char **keys, const size_t *values, size_t count, _Out_ void **arena)",
  ],
  AddRunConfigEntry: [165, "void *AddRunConfigEntry(void *options, const char *key, const char *value)"],
  AppendCuda: [204, "void *AppendCuda(void *options, void *cuda)"],
  CreateCUDAProviderOptions: [205, "void *CreateCUDAProviderOptions(_Out_ void **cuda)"],
  UpdateCUDAProviderOptions: [
    206,
    "void *UpdateCUDAProviderOptions(void *cuda, const char **keys, const char **values, size_t count)",
  ],
  GetCUDAProviderOptionsAsString: [
    207,
    "void *GetCUDAProviderOptionsAsString(void *cuda, void *allocator, _Out_ void **text)",
  ],
  ReleaseCUDAProviderOptions: [208, "void ReleaseCUDAProviderOptions(void *cuda)"],
  AppendProvider: [
    216,
    "void *AppendProvider(void *options, const char *name, const char **keys, const char **values, size_t count)",
  ],
  SessionOptionsSetLoadCancellationFlag: [
    293,
    "void *SessionOptionsSetLoadCancellationFlag(void *options, bool cancel)",
  ],
  Session_GetEpGraphAssignmentInfo: [
    407,
    "void *Session_GetEpGraphAssignmentInfo(void *session, _Out_ void **subgraphs, _Out_ size_t *count)",
  ],
  EpAssignedSubgraph_GetEpName: [408, "void *EpAssignedSubgraph_GetEpName(void *subgraph, _Out_ const char **name)"],
  EpAssignedSubgraph_GetNodes: [
    409,
    "void *EpAssignedSubgraph_GetNodes(void *subgraph, _Out_ void **nodes, _Out_ size_t *count)",
  ],
  EpAssignedNode_GetName: [410, "void *EpAssignedNode_GetName(void *node, _Out_ const char **name)"],
  EpAssignedNode_GetOperatorType: [412, "void *EpAssignedNode_GetOperatorType(void *node, _Out_ const char **op)"],
} as const satisfies Record<string, readonly [number, string]>;

type FunctionName = keyof typeof declarations;
type NativeFunction = ReturnType<LibraryHandle["func"]>;

/** ONNX Runtime's C API, loaded from one shared library. */
export class OrtCApi {
  readonly #functions: ReadonlyMap<FunctionName, NativeFunction>;

  /** @throws PipelineError `runtime_missing` when the library cannot be loaded or is too old */
  constructor(libraryPath: string) {
    this.#functions = loadFunctions(libraryPath);
  }

  /** Call one that returns no status. */
  value<T>(name: FunctionName, ...args: unknown[]): T {
    return this.#function(name)(...args) as T;
  }

  /** @throws OrtStatusError with the library's own words */
  call(name: FunctionName, ...args: unknown[]): void {
    this.#check(this.#function(name)(...args) as Pointer | null);
  }

  /** Call one whose last argument takes its result. */
  make<T = Pointer>(name: FunctionName, ...args: unknown[]): T {
    const out: [T | null] = [null];
    this.call(name, ...args, out);
    return out[0] as T;
  }

  /** The same on a thread of its own: this one goes on with its events. */
  async callAsync(name: FunctionName, ...args: unknown[]): Promise<void> {
    const status = await new Promise<Pointer | null>((resolve, reject) => {
      const done = (error: Error | null, result: Pointer | null) => (error ? reject(error) : resolve(result));
      this.#function(name).async(...args, done);
    });
    this.#check(status);
  }

  #function(name: FunctionName): NativeFunction {
    return this.#functions.get(name)!;
  }

  #check(status: Pointer | null): void {
    if (!status) return;
    const message = this.value<string>("GetErrorMessage", status);
    this.value("ReleaseStatus", status);
    throw new OrtStatusError(message);
  }
}

/** What the library said was wrong. */
class OrtStatusError extends Error {}

/**
 * For as long as the process lives: a handle that is collected unloads its library under the functions that we read
 * from it.
 */
const loaded: LibraryHandle[] = [];

function loadFunctions(libraryPath: string): Map<FunctionName, NativeFunction> {
  try {
    const library = koffi.load(libraryPath);
    loaded.push(library);
    const base = library.func("void *OrtGetApiBase(void)")() as Pointer;
    const getApi = koffi.decode(koffi.decode(base, "void *"), koffi.proto("void *(uint32_t version)"));
    const api = getApi(apiVersion) as Pointer | null;
    if (!api) throw new Error(`its C API is older than version ${apiVersion}`);
    return new Map(
      Object.entries(declarations).map(([name, [place, declaration]]) => {
        const address = koffi.decode(api, place * koffi.sizeof("void *"), "void *") as Pointer;
        return [name as FunctionName, koffi.decode(address, prototypeOf(declaration)) as NativeFunction];
      }),
    );
  } catch (cause) {
    throw new PipelineError("runtime_missing", `${libraryPath} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

const prototypes = new Map<string, TypeObject>();

/** koffi knows types by name and refuses one that is declared twice. */
function prototypeOf(declaration: string): TypeObject {
  const known = prototypes.get(declaration);
  if (known) return known;
  const prototype = koffi.proto(declaration);
  prototypes.set(declaration, prototype);
  return prototype;
}

/**
 * The shared library inside the installed onnxruntime-node, the very one that the Node binding uses.
 * @throws PipelineError `runtime_missing`
 */
export function bundledLibrary(): string {
  const packageFolder = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")), "..");
  const folder = join(packageFolder, "bin/napi-v6", process.platform, process.arch);
  const isLibrary = /^(libonnxruntime\.so\.1|libonnxruntime(\.[\d.]+)?\.dylib|onnxruntime\.dll)$/;
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    // Said below.
  }
  const name = names.find((candidate) => isLibrary.test(candidate));
  if (name) return join(folder, name);
  throw new PipelineError("runtime_missing", `expected ONNX Runtime's shared library in ${folder}; run: npm install`);
}
