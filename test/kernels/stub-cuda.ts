import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * CUDA libraries whose functions do nothing and say that all went well: enough for ONNX Runtime's real CUDA provider to
 * load, register its kernels and make sessions on a machine without a GPU. Nothing can be run on them.
 */

/**
 * Functions whose answer the provider looks at. Memory is the host's, and stays untouched: kernels compute nothing, and
 * copies do nothing either, unless the environment has `STUB_CUDA_COPIES`. Streams can be captured: a graph is the list
 * of its copies, and `stubGraphLaunches()` tells how many were launched. A copy that reaches the host's memory cannot
 * be captured.
 */
const answers: Readonly<Record<string, string>> = {
  cudaMalloc: "int cudaMalloc(void **memory, size_t bytes) { *memory = malloc(bytes); return 0; }",
  cudaMallocHost: "int cudaMallocHost(void **memory, size_t bytes) { *memory = malloc(bytes); return 0; }",
  cudaMemcpy: `int cudaMemcpy(void *to, const void *from, size_t bytes, int kind) {
    if (getenv("STUB_CUDA_COPIES")) memcpy(to, from, bytes);
    return 0;
  }`,
  cudaMemcpyAsync: `int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, void *stream) {
    if (!getenv("STUB_CUDA_COPIES")) return 0;
    if (!capturing) { memcpy(to, from, bytes); return 0; }
    if (kind != 3 || capturing->count == 64) return 900; /* cudaMemcpyDeviceToDevice, cudaErrorStreamCaptureUnsupported */
    capturing->copies[capturing->count++] = (struct copy){to, from, bytes};
    return 0;
  }`,
  // Products of integers ask whether there is one.
  cudaStreamCreateWithFlags:
    "int cudaStreamCreateWithFlags(void **stream, unsigned flags) { static int made; *stream = &made; return 0; }",
  cudaStreamBeginCapture: "int cudaStreamBeginCapture(void) { capturing = calloc(1, sizeof *capturing); return 0; }",
  cudaStreamEndCapture:
    "int cudaStreamEndCapture(void *stream, struct graph **graph) { *graph = capturing; capturing = 0; return 0; }",
  cudaGraphInstantiate:
    "int cudaGraphInstantiate(struct graph **made, struct graph *graph) { *made = graph; return 0; }",
  cudaGraphLaunch: `int cudaGraphLaunch(struct graph *graph, void *stream) {
    for (int i = 0; i < graph->count; i++) memcpy(graph->copies[i].to, graph->copies[i].from, graph->copies[i].bytes);
    launches++;
    return 0;
  }`,
  cudaGetDevice: "int cudaGetDevice(int *device) { *device = 0; return 0; }",
  cudaGetDeviceCount: "int cudaGetDeviceCount(int *count) { *count = 1; return 0; }",
  cudaMemGetInfo: "int cudaMemGetInfo(size_t *free, size_t *total) { *free = *total = (size_t)1 << 35; return 0; }",
  cudaDriverGetVersion: "int cudaDriverGetVersion(int *version) { *version = 13000; return 0; }",
  cudaRuntimeGetVersion: "int cudaRuntimeGetVersion(int *version) { *version = 13000; return 0; }",
  // sizeof(cudaDeviceProp) in CUDA 13. Launches divide by these; all else may be zero.
  cudaGetDeviceProperties: `int cudaGetDeviceProperties(char *p, int device) {
    memset(p, 0, 1008);
    *(int *)(p + 308) = 32; /* warpSize */
    *(int *)(p + 320) = 1024; /* maxThreadsPerBlock */
    for (int axis = 0; axis < 3; axis++) ((int *)(p + 336))[axis] = 65535; /* maxGridSize */
    *(int *)(p + 360) = 9; /* major */
    *(int *)(p + 384) = 132; /* multiProcessorCount */
    return 0;
  }`,
  cudaDeviceGetAttribute: "int cudaDeviceGetAttribute(int *value, int what, int device) { *value = 1024; return 0; }",
  __cudaRegisterFatBinary: "void *__cudaRegisterFatBinary(void *binary) { static int handle; return &handle; }",
  cudnnCreate: "int cudnnCreate(void **handle) { static int made; *handle = &made; return 0; }",
  cudnnGetVersion: "size_t cudnnGetVersion(void) { return 91000; }",
  cudnnGetErrorString: 'const char *cudnnGetErrorString(int error) { return "stub"; }',
  cudaGetErrorName: 'const char *cudaGetErrorName(int error) { return "stub"; }',
  cudaGetErrorString: 'const char *cudaGetErrorString(int error) { return "stub CUDA library"; }',
};

const declarations = `#include <stdlib.h>
#include <string.h>
struct copy { void *to; const void *from; size_t bytes; };
struct graph { int count; struct copy copies[64]; };
static struct graph *capturing;
static int launches;
int stubGraphLaunches(void) { return launches; }`;

/**
 * Compile a library for every CUDA library that `provider` needs, from the names it leaves undefined.
 * @param provider - path of libonnxruntime_providers_cuda.so
 * @param folder - where they go
 * @returns their paths
 * @throws Error when nm or cc is missing or fails
 */
export function buildStubCuda(provider: string, folder: string): string[] {
  return Array.from(neededFunctions(provider), ([library, names]) => {
    const path = join(folder, library);
    const functions = names.map((name) => answers[name] ?? `int ${name}(void) { return 0; }`);
    const source = [declarations, ...functions, ""].join("\n");
    // The provider asks for versioned names where the real libraries have them.
    const isVersioned = library !== cudnn && !unversioned.some(({ library: name }) => name === library);
    writeFileSync(`${path}.c`, source);
    writeFileSync(`${path}.map`, `${library} { global: *; };\n`);
    const version = isVersioned ? [`-Wl,--version-script=${path}.map`] : [];
    const flags = ["-shared", "-fPIC", "-w", "-fno-builtin", `-Wl,-soname,${library}`, ...version];
    execFileSync("cc", [...flags, "-o", path, `${path}.c`]);
    return path;
  });
}

/** Libraries whose functions carry no version, and how their names begin. */
const unversioned = [
  { library: "libcurand.so.10", prefix: "curand" },
  { library: "libcuda.so.1", prefix: "cu" },
] as const;
/** Loaded when it is first used, and asked for its functions one by one. Attention does not run without it. */
const cudnn = "libcudnn.so.9";

/** Names of functions by library. */
function neededFunctions(provider: string): Map<string, string[]> {
  const needed = new Map<string, string[]>(unversioned.map(({ library }) => [library, []]));
  const listing = execFileSync("nm", ["-D", "--undefined-only", provider], { encoding: "utf8", maxBuffer: 2 ** 26 });
  for (const line of listing.split("\n")) {
    const [name = "", version] = line.trim().split(/\s+/).at(-1)!.split(/@+/);
    const library = /^libcu(dart|blas|blasLt)\.so/.test(version ?? "")
      ? version!
      : version === undefined && unversioned.find(({ prefix }) => name.startsWith(prefix))?.library;
    if (!library) continue;
    const names = needed.get(library);
    if (names) names.push(name);
    else needed.set(library, [name]);
  }
  const cudnnNames = execFileSync("grep", ["-aoE", "cudnn[A-Z][A-Za-z0-9_]+", provider], { encoding: "utf8" });
  return needed.set(cudnn, [...new Set(cudnnNames.trim().split("\n"))]);
}
