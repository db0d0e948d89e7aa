import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { float32Tensor } from "../../test/support/engine/run-graph.ts";
import { encodeSafetensors } from "./formats/write-safetensors.ts";
import { readLoraSampling } from "./lora-sampling.ts";

function loraFile(metadata: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "lora-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "lora.safetensors");
  writeFileSync(path, encodeSafetensors({ a: float32Tensor([1], [0]) }, metadata));
  return path;
}

it("says how it is sampled: as many steps as it has levels", () => {
  const sampling = { num_inference_steps: 4, guidance_scale: 0, sigmas: [1, 0.5] };
  expect(readLoraSampling(loraFile({ sampling: JSON.stringify(sampling) }))).toEqual({
    steps: 2,
    guidance: 0,
    sigmas: [1, 0.5],
  });
  expect(readLoraSampling(loraFile({ sampling: '{"num_inference_steps":8}' }))).toEqual({ steps: 8 });
  expect(readLoraSampling(loraFile({ ss_steps: "4" }))).toBeUndefined();
});

it.each([
  ["{", "metadata sampling"],
  ['{"num_inference_steps":0}', "num_inference_steps"],
  ['{"sigmas":[1,2]}', "sigmas.1"],
])("refuses %s by name", (text, message) => {
  const path = loraFile({ sampling: text });
  expect(() => readLoraSampling(path)).toThrow(message);
});
