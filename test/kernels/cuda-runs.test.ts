import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layOutStubCuda, missingForCudaKernels } from "./cuda-provider.ts";
import type { CudaRunResult } from "./cuda-run-probe.ts";

/**
 * What the real CUDA provider does in a run on a GPU of compute capability 9.0, over CUDA libraries that compute
 * nothing.
 */
describe.skipIf(missingForCudaKernels() !== undefined)("runs on CUDA", () => {
  let folder: string;
  let result: CudaRunResult;
  /** What the provider says of the attention kernels that it chose. */
  let said: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cuda-runs-"));
    const { library, stubs } = layOutStubCuda(folder);
    const resultPath = join(folder, "result.json");
    said = await runProbe([resultPath, library, join(folder, "zeros"), ...stubs]);
    result = JSON.parse(readFileSync(resultPath, "utf8")) as CudaRunResult;
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("replays a captured graph on what each run was given, at every size", () => {
    for (const { given, got } of result.copies) expect(got).toEqual(given);
    // Seven runs at two sizes, the first of each without a graph.
    expect(result.launchesOfCopies).toBe(5);
  });

  it.each([
    "transformer, bf16",
    "transformer, int8",
    "transformer, int4",
    "transformer, int8-convrot",
  ])("captures the %s at any size", (label) => {
    expect(result.launches[label]).toEqual([0, 1, 1, 1]);
  });

  it("captures every other network as well", () => {
    expect(Object.keys(result.launches).length).toBeGreaterThan(10);
    for (const [label, launches] of Object.entries(result.launches)) expect(launches, label).toEqual([0, 1, 1, 1]);
  });

  it("chooses flash attention in bfloat16, but with a mask", () => {
    for (const [label, kernels] of attentionKernels(said)) {
      expect(kernels, label).toEqual(new Set([label.includes("masked") ? "bf16 MATH" : "bf16 FLASH_ATTENTION"]));
    }
    expect(attentionKernels(said).size).toBe(Object.keys(result.launches).length);
  });
});

/** By network: how its attention is computed. */
function attentionKernels(text: string): Map<string, Set<string>> {
  const kernels = new Map<string, Set<string>>();
  let network = "";
  for (const line of text.split("\n")) {
    network = /^network (.*)/.exec(line)?.[1] ?? network;
    const [, dtype, kernel] = /DataType=(\w+) SdpaKernel=(\w+)/.exec(line) ?? [];
    if (kernel) kernels.set(network, (kernels.get(network) ?? new Set()).add(`${dtype} ${kernel}`));
  }
  return kernels;
}

function runProbe(args: readonly string[]): Promise<string> {
  const entry = join(import.meta.dirname, "cuda-run-probe.ts");
  const env = { ...process.env, ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO: "1" };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [entry, ...args], { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      // It ends itself so.
      if (error?.signal === "SIGKILL") resolve(stdout);
      else reject(new Error(`the probe failed:\n${stderr.slice(-4000)}`));
    });
  });
}
