import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { PipelineError } from "../../shared/errors.ts";
import { cudaRemedy } from "./cuda-libraries.ts";
import { bundledLibrary } from "./ffi/ort-c-api.ts";

type Device = "cpu" | "cuda" | "webgpu";

const vulkanLoaders = ["x86_64-linux-gnu", "aarch64-linux-gnu"].map((folder) => `/usr/lib/${folder}/libvulkan.so.1`);

/** What is missing for a device and how to mend it; `undefined` when nothing is known to be missing. */
export async function providerRemedy(device: Device): Promise<string | undefined> {
  if (device === "cuda") return cudaRemedy(join(dirname(bundledLibrary()), "libonnxruntime_providers_cuda.so"));
  // Whether the runtime can get at a device is known only by trying; that the loader is there is the least.
  if (device === "cpu" || process.platform !== "linux" || vulkanLoaders.some((path) => existsSync(path))) return;
  return "no Vulkan loader; run: apt-get install libvulkan1 mesa-vulkan-drivers";
}

/**
 * The failure to make a session, with doctor's remedy where something is missing for the device: the runtime's own
 * message names a file and no command.
 */
export async function withRemedy(failure: unknown, device: Device): Promise<unknown> {
  if (!(failure instanceof PipelineError) || failure.code !== "session_failed") return failure;
  const remedy = await providerRemedy(device);
  if (remedy === undefined) return failure;
  return new PipelineError("runtime_missing", `${device} cannot be used: ${remedy} (${failure.message})`, {
    cause: failure,
  });
}
