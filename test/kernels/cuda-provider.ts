import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { bundledLibrary } from "../../gpu-worker/runtime/ffi/ort-c-api.ts";
import { isInstalled } from "../support/native/native-tools.ts";
import { buildStubCuda } from "./stub-cuda.ts";

/** Where `.ci/fetch-cuda-provider.sh` leaves ONNX Runtime's CUDA provider. */
const cudaProviderFolder = join(import.meta.dirname, "../../.cache/cuda-provider");

/**
 * ONNX Runtime with its CUDA provider in one folder, where the runtime looks for it, and CUDA libraries that do
 * nothing.
 * @returns path of the runtime's library, and those to be loaded before it
 */
export function layOutStubCuda(folder: string): { readonly library: string; readonly stubs: readonly string[] } {
  const library = join(folder, "libonnxruntime.so.1");
  symlinkSync(bundledLibrary(), library);
  for (const name of ["libonnxruntime_providers_cuda.so", "libonnxruntime_providers_shared.so"]) {
    symlinkSync(join(cudaProviderFolder, name), join(folder, name));
  }
  mkdirSync(join(folder, "stubs"));
  return { library, stubs: buildStubCuda(join(folder, "libonnxruntime_providers_cuda.so"), join(folder, "stubs")) };
}

/** What the test of the CUDA kernels lacks here, with its remedy; `undefined` when it can run. */
export function missingForCudaKernels(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64")
    return "Linux on x64 (the provider is built for it alone)";
  if (!existsSync(join(cudaProviderFolder, "libonnxruntime_providers_cuda.so"))) {
    return "ONNX Runtime's CUDA provider (run .ci/fetch-cuda-provider.sh)";
  }
  const tools = ["cc", "nm"].filter((tool) => !isInstalled(tool));
  return tools.length > 0 ? `${tools.join(" and ")} (apt-get install gcc binutils)` : undefined;
}
