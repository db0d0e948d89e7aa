import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { layOutStubCuda, missingForCudaKernels } from "./cuda-provider.ts";
import { graphWithoutKernel, networkGraphs } from "./network-graphs.ts";
import type { ProbeResult } from "./session-probe.ts";

/** The networks at the released sizes, against the real CUDA provider over CUDA libraries that do nothing. */
const graphs = await networkGraphs();

describe.skipIf(missingForCudaKernels() !== undefined)("CUDA has a kernel for every node", () => {
  let folder: string;
  let results: readonly ProbeResult[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cuda-kernels-"));
    const { library, stubs } = layOutStubCuda(folder);
    results = await runProbe([library, join(folder, "zeros"), ...stubs]);
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(graphs.map(({ label }) => label))("%s", (label) => {
    const result = results.find((candidate) => candidate.label === label);
    expect(result?.error, `on the CPU: ${result?.misplaced.join(", ")}`).toBeUndefined();
    expect(result?.misplaced).toEqual([]);
    expect(result?.nodes).toBeGreaterThan(30); // two quantised layers of the text encoder are 34
  });

  it("names a node that has none", () => {
    const result = results.find(({ label }) => label === graphWithoutKernel.label);
    expect(result?.error).toContain("upsampler/Resize");
  });
});

function runProbe(args: readonly string[]): Promise<readonly ProbeResult[]> {
  const entry = join(import.meta.dirname, "cuda-probe.ts");
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [entry, ...args], { maxBuffer: 2 ** 26 }, (_error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as readonly ProbeResult[]);
      } catch {
        reject(new Error(`the probe gave no results:\n${stderr}`));
      }
    });
  });
}
