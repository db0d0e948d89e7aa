import { missingForCudaKernels } from "../kernels/cuda-provider.ts";
import { missingForWebgpu } from "../kernels/software-vulkan.ts";

/** Run once before the tests: says in one line what keeps the kernel tests of GPU backends from running here. */
export default function checkKernelTests(): void {
  const tests = {
    "that every graph has CUDA kernels": missingForCudaKernels(),
    "that every network runs on WebGPU": missingForWebgpu(),
  };
  for (const [what, missing] of Object.entries(tests)) {
    if (missing) console.log(`Left out, the test ${what}: it needs ${missing}.`);
  }
}
