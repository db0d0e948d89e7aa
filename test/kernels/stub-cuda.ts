import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * CUDA libraries whose functions do nothing and say that all went well: enough for ONNX Runtime's real CUDA provider to load, register its kernels
 * and make sessions on a machine without a GPU. Nothing can be run on them.
 */

/** Functions whose answer the provider looks at. Memory is the host's, and stays untouched: copies do nothing either. */
const answers: Readonly<Record<string, string>> = {
  cudaMalloc: "int cudaMalloc(void **memory, size_t bytes) { *memory = malloc(bytes); return 0; }",
  cudaMallocHost: "int cudaMallocHost(void **memory, size_t bytes) { *memory = malloc(bytes); return 0; }",
  cudaGetDevice: "int cudaGetDevice(int *device) { *device = 0; return 0; }",
  cudaGetDeviceCount: "int cudaGetDeviceCount(int *count) { *count = 1; return 0; }",
  cudaMemGetInfo: "int cudaMemGetInfo(size_t *free, size_t *total) { *free = *total = (size_t)1 << 35; return 0; }",
  cudaDriverGetVersion: "int cudaDriverGetVersion(int *version) { *version = 13000; return 0; }",
  cudaRuntimeGetVersion: "int cudaRuntimeGetVersion(int *version) { *version = 13000; return 0; }",
  // sizeof(cudaDeviceProp) in CUDA 13; a device of all zeros is enough.
  cudaGetDeviceProperties: "int cudaGetDeviceProperties(void *p, int device) { memset(p, 0, 1008); return 0; }",
  __cudaRegisterFatBinary: "void *__cudaRegisterFatBinary(void *binary) { static int handle; return &handle; }",
  cudaGetErrorName: 'const char *cudaGetErrorName(int error) { return "stub"; }',
  cudaGetErrorString: 'const char *cudaGetErrorString(int error) { return "stub CUDA library"; }',
};

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
    const source = ["#include <stdlib.h>", "#include <string.h>", ...functions, ""].join("\n");
    // The provider asks for versioned names where the real libraries have them.
    const isVersioned = !unversioned.some(({ library: name }) => name === library);
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
  return needed;
}
