import { existsSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../../.cache/software-vulkan");

/** What `.ci/fetch-software-vulkan.sh` leaves: a Vulkan driver that computes on the CPU. */
export const softwareVulkan = {
  loader: join(folder, "libvulkan.so.1"),
  /** For the loader's environment variable `VK_ICD_FILENAMES`. */
  driver: join(folder, "vk_swiftshader_icd.json"),
};

/** What the test of the WebGPU networks lacks here, with its remedy; `undefined` when it can run. */
export function missingForWebgpu(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "Linux on x64 (the driver is built for it alone)";
  return existsSync(softwareVulkan.driver) ? undefined : "a software Vulkan driver (run .ci/fetch-software-vulkan.sh)";
}
