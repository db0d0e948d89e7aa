import { missingForCudaKernels } from "../kernels/cuda-provider.ts";

/** Run once before the tests: says in one line what keeps the kernel tests of GPU backends from running here. */
export default function checkKernelTests(): void {
  const missing = missingForCudaKernels();
  if (missing) console.log(`Left out, the test that every graph has CUDA kernels: it needs ${missing}.`);
}
