import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { InvalidFileError } from "../../shared/errors.ts";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { tensor } from "../tensor.ts";
import { readSafetensors } from "../weights/formats/safetensors.ts";
import { readTensor } from "../weights/tensor-values.ts";
import { openExistingModel } from "./existing-model.ts";
import { lowRankWeights, wholeWeights, writeLora } from "./low-rank.ts";

const model = await openExistingModel(fileURLToPath(new URL("../../models/zimage-tiny/model", import.meta.url)));
const seed = { seed: 3, field: "targets" };
const form = { rank: 4, alpha: 8, targets: ["attention.to_q"] };
const toQ = "layers.0.attention.to_q";

it("corrects the layers whose names end as asked, and never the text encoder's", () => {
  // As if the transformer had a layer that is called like one of the text encoder.
  const layer = "mlp.down_proj";
  const stored = model.all.tensors.get(`model.layers.0.${layer}.weight`)!;
  const tensors = new Map(model.checkpoints.transformer.tensors).set(`layers.0.${layer}.weight`, stored);
  const transformer = { folder: "", tensors };
  const like = {
    ...model,
    checkpoints: { ...model.checkpoints, transformer },
    all: { folder: "", tensors: new Map([...model.all.tensors, ...tensors]) },
  };
  const { weights } = lowRankWeights(like, { ...form, targets: ["attention.to_q", "w1", "down_proj"] }, seed);
  const branches = (target: string) =>
    weights.corrections!(target).lowRank.map(({ down, scale }) => [down.shape, scale]);
  expect(branches(toQ)).toEqual([[[4, 192], 2]]); // alpha / rank
  expect(branches("layers.0.feed_forward.w1")).toHaveLength(1);
  expect(branches("layers.0.attention.to_k")).toEqual([]);
  expect(branches(`layers.0.${layer}`)).toHaveLength(1);
  expect(branches(`model.layers.0.${layer}`)).toEqual([]);
});

it("begins at zero, so that the first step is taken from the model as it is", () => {
  const { initial } = lowRankWeights(model, form, seed);
  expect(initial(`${toQ} up`, [192, 4]).data.every((value) => value === 0)).toBe(true);
  const down = initial(`${toQ} down`, [4, 192]).data;
  expect(Math.max(...down.map(Math.abs))).toBeGreaterThan(0.9 / Math.sqrt(192));
  expect(Math.max(...down.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(192));
});

it.each([
  "attention.to_x",
  "ttention.to_q",
  "attention_norm1",
])("refuses the target %s, which no linear layer has", (target) => {
  const open = () => lowRankWeights(model, { ...form, targets: ["attention.to_q", target] }, seed);
  expect(open).toThrow(InvalidFileError);
  expect(open).toThrow(`targets: no linear layer of ${model.path} ends in ${target}`);
});

it("trains whole weights from the values that the model has", () => {
  const { weights, initial } = wholeWeights(model, (name) => name === `${toQ}.weight`);
  const stored = model.all.tensors.get(`${toQ}.weight`)!;
  expect(initial(`${toQ}.weight`, stored.shape)).toEqual(tensor(Float32Array.from(readTensor(stored)), stored.shape));
  expect(weights.weight(`${toQ}.weight`, stored.shape)?.data).toBe("fed");
  expect(weights.weight("layers.0.attention.to_k.weight", stored.shape)?.data).not.toBe("fed");
  expect(() => initial("layers.9.weight", [1])).toThrow("has no tensor layers.9.weight");
});

it("writes the averages of a LoRA with the keys of diffusers, and how it is sampled", async () => {
  const value = (shape: readonly number[], of: number) =>
    tensor(new Float32Array(shape[0]! * shape[1]!).fill(of), shape);
  const tensors = new Map([
    [`${toQ} down`, value([4, 6], 9)],
    [`${toQ} down ema`, value([4, 6], 1)],
    [`${toQ} up ema`, value([5, 4], 2)],
  ]);
  const path = join(temporaryFolder(), "output", "lora.safetensors");
  expect(await writeLora(path, { step: 1, tensors }, form, { num_inference_steps: 2 })).toBe(path);
  const file = readSafetensors(path);
  expect(Array.from(file.tensors, ([name, stored]) => [name, stored.shape, readTensor(stored)[0]])).toEqual([
    [`transformer.${toQ}.lora_A.weight`, [4, 6], 1],
    [`transformer.${toQ}.lora_B.weight`, [5, 4], 2],
  ]);
  expect(JSON.parse(file.metadata.get("lora_adapter_metadata")!)).toEqual({
    "transformer.r": 4,
    "transformer.lora_alpha": 8,
  });
  expect(JSON.parse(file.metadata.get("sampling")!)).toEqual({ num_inference_steps: 2 });
  await writeLora(path, { step: 1, tensors }, form);
  expect(readSafetensors(path).metadata.has("sampling")).toBe(false);
});
