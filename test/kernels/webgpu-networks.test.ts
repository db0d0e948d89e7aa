import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { convertModel } from "../../gpu-worker/cli/models/convert-model.ts";
import { goldenCheckpoint } from "../support/engine/golden-tensors.ts";
import { missingForWebgpu, softwareVulkan } from "./software-vulkan.ts";
import type { WebgpuResult } from "./webgpu-probe.ts";

const original = goldenCheckpoint("tiny-turbo");

/** Every network on ONNX Runtime's WebGPU provider, over a Vulkan driver that computes on the CPU. */
describe.skipIf(missingForWebgpu() !== undefined)("WebGPU computes what the CPU does", () => {
  const folder = mkdtempSync(join(tmpdir(), "webgpu-"));
  const quantized = join(folder, "int4");
  let result: WebgpuResult;

  beforeAll(async () => {
    await convertModel({ modelDir: original, to: "int4", outDir: quantized, threads: 0 });
    result = await runProbe([softwareVulkan.loader, original, quantized]);
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("finds out that the fused attention is wrong with this driver's subgroups of four", () => {
    expect(result.attention).toBe("decomposed");
  });

  it("replays captured commands on what each run was given, at every size", () => {
    expect(result.captured.length).toBe(7);
    for (const { expected, actual } of result.captured) expect(actual).toEqual(expected);
  });

  it.each([
    ["text encoder", original, 1e-5],
    ["transformer", original, 1e-5],
    ["VAE decoder", original, 1e-5],
    ["VAE encoder", original, 1e-5],
    // The CPU turns the activations of quantised layers into 8 bits, WebGPU does not.
    ["text encoder", quantized, 0.02],
    ["transformer", quantized, 0.02],
  ])("%s of %s within %d", (network, model, limit) => {
    expect(result.differences[`${network}, ${model}`]).toBeLessThan(limit);
  });
});

function runProbe(args: readonly string[]): Promise<WebgpuResult> {
  const entry = join(import.meta.dirname, "webgpu-probe.ts");
  const env = { ...process.env, VK_ICD_FILENAMES: softwareVulkan.driver };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [entry, ...args], { env }, (_error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as WebgpuResult);
      } catch {
        reject(new Error(`the probe gave no results:\n${stderr}`));
      }
    });
  });
}
