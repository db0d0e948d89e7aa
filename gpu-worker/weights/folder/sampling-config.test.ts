import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { readSamplingConfig, samplingFileName, samplingFileText } from "./sampling-config.ts";

const turbo = { numInferenceSteps: 8, guidanceScale: 0 };
const base = { numInferenceSteps: 50, guidanceScale: 4 };

it.each([
  [3, turbo],
  [4.4, turbo],
  [4.6, base],
  [6, base],
])("takes a model of shift %d for the nearer of the released ones", async (shift, sampling) => {
  expect(await readSamplingConfig(join(temporaryFolder(), "model_index.json"), shift)).toEqual(sampling);
});

it("reads what the model says of itself, unless somebody says its family", async () => {
  const folder = temporaryFolder();
  const index = join(folder, "model_index.json");
  const own = { numInferenceSteps: 2, guidanceScale: 1.5 };
  writeFileSync(join(folder, samplingFileName), samplingFileText(own));
  expect(await readSamplingConfig(index, 6)).toEqual(own);
  expect(await readSamplingConfig(index, 6, "turbo")).toEqual(turbo);
});

it("refuses a file that says nonsense", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, samplingFileName), '{"num_inference_steps":0,"guidance_scale":0}');
  const reading = readSamplingConfig(join(folder, "model_index.json"), 3);
  await expect(reading).rejects.toThrow("generation_config.json: num_inference_steps: ");
});
