import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { expectClose } from "../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../test/support/engine/run-graph.ts";
import openShapes from "../../test/training/shapes-data.ts";
import { tensor } from "../tensor.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import { hashComponent } from "../weights/convert/hash-component.ts";
import { openModelFolder } from "../weights/folder/model-folder.ts";
import { readSamplingConfig } from "../weights/folder/sampling-config.ts";
import { readSchedulerConfig } from "../weights/folder/scheduler-config.ts";
import { readTensor } from "../weights/tensor-values.ts";
import { encodeCaptions, openExistingModel, writeLearnedModel } from "./existing-model.ts";

const path = fileURLToPath(new URL("../../models/zimage-tiny/model", import.meta.url));
const model = await openExistingModel(path);

it("opens the parts that a training starts from, and says which weights they are", async () => {
  const { textEncoder, transformer } = model.checkpoints;
  expect([model.shift, model.sampling]).toEqual([3, { numInferenceSteps: 2, guidanceScale: 0 }]);
  expect([...model.all.tensors.keys()]).toEqual([...textEncoder.tensors.keys(), ...transformer.tensors.keys()]);
  expect(model.weightHashes).toEqual([
    await hashComponent(join(path, "text_encoder")),
    await hashComponent(join(path, "transformer")),
  ]);
  expect(model.tokenizer.tokenizePrompt("a mug").inputIds.length).toBeGreaterThan(8);
});

it("refuses a folder that is no complete model", async () => {
  await expect(openExistingModel(temporaryFolder())).rejects.toThrow("has no transformer of Z-Image");
});

it("encodes all captions that can be listed before the first step", async () => {
  const data = { ...(await openShapes(undefined)), captions: () => ["a red disc", "red", "red"] };
  const output = temporaryFolder();
  await encodeCaptions(model, data, { output, captionTokens: 32 }, runtime);
  const [cache] = await readdir(output);
  expect(await readdir(join(output, cache!))).toHaveLength(2);
});

it("writes the model with what was learned in place of its own weights", async () => {
  const [name, stored] = [...model.checkpoints.transformer.tensors].find(([, { shape }]) => shape.length === 1)!;
  const learned = tensor(new Float32Array(stored.shape[0]!).fill(0.25), stored.shape);
  const elsewhere = tensor(Float32Array.of(1), [1]);
  const tensors = new Map([
    [`${name} ema`, learned],
    ["layers.99.to_q up ema", elsewhere],
  ]);
  const folder = join(temporaryFolder(), "model");
  const sampling = { numInferenceSteps: 6, guidanceScale: 1 };
  expect(await writeLearnedModel(folder, model, { step: 1, tensors }, sampling)).toBe(folder);

  const written = await openModelFolder(folder);
  const { shift } = await readSchedulerConfig(join(written.scheduler, "scheduler_config.json"));
  expect([shift, await readSamplingConfig(written.modelIndex, shift)]).toEqual([model.shift, sampling]);
  const { tensors: weights } = openCheckpoint(written.transformer);
  expect([...weights.keys()].sort()).toEqual([...model.checkpoints.transformer.tensors.keys()].sort());
  for (const [key, own] of model.checkpoints.transformer.tensors) {
    const expected = key === name ? learned.data : Float16Array.from(readTensor(own));
    expectClose(readTensor(weights.get(key)!), expected, 0, key);
  }
});
