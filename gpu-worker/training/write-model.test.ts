import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";
import { tensor } from "../tensor.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import { openModelFolder } from "../weights/folder/model-folder.ts";
import { readSamplingConfig } from "../weights/folder/sampling-config.ts";
import { readSchedulerConfig } from "../weights/folder/scheduler-config.ts";
import { type ModelParts, writeModel } from "./write-model.ts";

const weights = (value: number) => new Map([["norm.weight", tensor(Float32Array.of(value), [1])]]);
const parts: ModelParts = {
  textEncoder: { file: { hidden_size: 16 }, weights: weights(1) },
  transformer: { file: { dim: 72 }, weights: weights(2) },
  vae: goldenCheckpoint("tiny-turbo/vae"),
  tokenizer: goldenCheckpoint("tiny-turbo/tokenizer"),
  shift: 6,
};

it("writes a folder that has every part of a model", async () => {
  const folder = join(temporaryFolder(), "model");
  expect(await writeModel(folder, { ...parts, sampling: { numInferenceSteps: 2, guidanceScale: 0 } })).toBe(folder);
  const model = await openModelFolder(folder);
  expect(openCheckpoint(model.textEncoder).tensors.has("norm.weight")).toBe(true);
  expect(openCheckpoint(model.transformer).tensors.has("norm.weight")).toBe(true);
  expect(openCheckpoint(model.vae).tensors.size).toBe(openCheckpoint(parts.vae).tensors.size);
  expect((await readSchedulerConfig(join(model.scheduler, "scheduler_config.json"))).shift).toBe(6);
  expect(await readSamplingConfig(model.modelIndex, 6)).toEqual({ numInferenceSteps: 2, guidanceScale: 0 });
});

it("leaves the sampling to the shift where nothing else is said", async () => {
  const folder = await writeModel(temporaryFolder(), parts);
  expect(existsSync(join(folder, "generation_config.json"))).toBe(false);
  expect(await readSamplingConfig(join(folder, "model_index.json"), 6)).toEqual({
    numInferenceSteps: 50,
    guidanceScale: 4,
  });
});
