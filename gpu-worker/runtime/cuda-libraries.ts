import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import koffi from "koffi";

/** Loaded by the provider when a convolution or attention first needs it; no linker knows of it. */
const cudnn = "libcudnn.so.9";

/**
 * Libraries of CUDA that the provider would not find at run time: those that it is linked with, and cuDNN.
 * @param provider - path of `libonnxruntime_providers_cuda.so`
 * @returns their names; none where that cannot be told, as on Windows
 */
export async function missingCudaLibraries(provider: string): Promise<string[]> {
  if (process.platform !== "linux") return [];
  const { stdout } = await promisify(execFile)("ldd", [provider]).catch(() => ({ stdout: "" }));
  return [...unresolved(stdout), ...(canLoad(cudnn) ? [] : [cudnn])];
}

/** Names that `ldd` did not find. */
function unresolved(lddOutput: string): string[] {
  return lddOutput.split("\n").flatMap((line) => /^\s*(\S+) => not found/.exec(line)?.[1] ?? []);
}

function canLoad(library: string): boolean {
  try {
    koffi.load(library).unload();
    return true;
  } catch {
    return false;
  }
}

/** What to do about a GPU whose provider cannot work; `undefined` when nothing is missing. */
export async function cudaRemedy(provider: string): Promise<string | undefined> {
  if (!existsSync(provider)) {
    return (
      "ONNX Runtime's CUDA provider is missing; run: npm run provider -- cuda12 (or cuda13, with a driver of 580 " +
      "or later)"
    );
  }
  const missing = await missingCudaLibraries(provider);
  if (missing.length === 0) return undefined;
  return (
    `${missing.join(", ")} not found; install CUDA's runtime libraries and cuDNN 9, and name their folder in ` +
    "LD_LIBRARY_PATH"
  );
}
