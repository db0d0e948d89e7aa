import { missingForCudaKernels } from "../../kernels/cuda-provider.ts";
import { missingForWebgpu } from "../../kernels/software-vulkan.ts";
import { missingForLibraryCheck } from "./native-tools.ts";

/** Run once before the tests: says in a line each what keeps the tests around GPU backends from running here. */
export default function checkKernelTests(): void {
  const tests = {
    "that every graph has CUDA kernels": missingForCudaKernels(),
    "that every network runs on WebGPU": missingForWebgpu(),
    "that the worker image's build finds a missing library": missingForLibraryCheck(),
  };
  for (const [what, missing] of Object.entries(tests)) {
    if (missing) console.log(`Left out, the test ${what}: it needs ${missing}.`);
  }
}
