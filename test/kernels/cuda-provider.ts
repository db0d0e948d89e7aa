import { existsSync } from "node:fs";
import { join } from "node:path";
import { isInstalled } from "../support/native-tools.ts";

/** Where `.ci/fetch-cuda-provider.sh` leaves ONNX Runtime's CUDA provider. */
export const cudaProviderFolder = join(import.meta.dirname, "../../.cache/cuda-provider");

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
