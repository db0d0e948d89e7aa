import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { InvalidFileError } from "../../shared/errors.ts";
import { float32Tensor } from "../../test/support/run-graph.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { encodeSafetensors, type TensorToWrite } from "./formats/write-safetensors.ts";
import { readLora } from "./lora.ts";
import { readTensor } from "./tensor-values.ts";

const folder = mkdtempSync(join(tmpdir(), "lora-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, "model.safetensors"),
  encodeSafetensors({
    "layers.0.attention.to_out.0.weight": float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]),
    "layers.0.attention.to_q.weight": float32Tensor([1, 2], [1, 2]),
    "layers.0.attention.to_k.weight": float32Tensor([1, 2], [3, 4]),
    "layers.0.attention.to_v.weight": float32Tensor([1, 2], [5, 6]),
    "all_x_embedder.2-1.weight": float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]),
    "layers.0.norm.weight": float32Tensor([2], [1, 1]),
  }),
);
const base = openCheckpoint(folder);
const target = "layers.0.attention.to_out.0";
const a = float32Tensor([4, 2], new Array(8).fill(1));
const b = float32Tensor([3, 4], new Array(12).fill(1));
const alpha = (value: number) => float32Tensor([], [value]);

function read(tensors: Record<string, TensorToWrite>, metadata?: Record<string, string>) {
  const path = join(folder, "lora");
  writeFileSync(path, encodeSafetensors(tensors, metadata));
  return readLora(path, base);
}

it.each([
  ["diffusers", { [`transformer.${target}.lora_A.weight`]: a, [`transformer.${target}.lora_B.weight`]: b }, 1],
  [
    "PEFT adapter",
    { [`transformer.${target}.lora_A.default.weight`]: a, [`transformer.${target}.lora_B.default.weight`]: b },
    1,
  ],
  [
    "ComfyUI",
    {
      [`diffusion_model.${target}.lora_A.weight`]: a,
      [`diffusion_model.${target}.lora_B.weight`]: b,
      [`diffusion_model.${target}.alpha`]: alpha(2),
    },
    0.5,
  ],
  [
    "ComfyUI, short name",
    {
      "diffusion_model.layers.0.attention.out.lora_A.weight": a,
      "diffusion_model.layers.0.attention.out.lora_B.weight": b,
    },
    1,
  ],
  [
    "kohya",
    {
      "lora_unet_layers_0_attention_to_out_0.lora_down.weight": a,
      "lora_unet_layers_0_attention_to_out_0.lora_up.weight": b,
      "lora_unet_layers_0_attention_to_out_0.alpha": alpha(8),
    },
    2,
  ],
])("finds the layer in keys of %s style, at alpha over rank", (_, tensors, factor) => {
  const layers = read(tensors as Record<string, TensorToWrite>);
  expect(layers).toMatchObject([{ target, scale: factor, down: { shape: [4, 2] }, up: { shape: [3, 4] } }]);
});

it("takes the alpha of the file's metadata when no tensor says it", () => {
  const metadata = { lora_adapter_metadata: JSON.stringify({ "transformer.r": 4, "transformer.lora_alpha": 12 }) };
  const tensors = { [`transformer.${target}.lora_A.weight`]: a, [`transformer.${target}.lora_B.weight`]: b };
  expect(read(tensors, metadata)[0]?.scale).toBe(3);
});

const attention = "diffusion_model.layers.0.attention";
const fusedRows = float32Tensor([3, 4], [...new Array(4).fill(7), ...new Array(4).fill(8), ...new Array(4).fill(9)]);

it.each([
  ["dots", `${attention}.qkv`],
  ["underscores", "lora_unet_layers_0_attention_qkv"],
])("cuts a fused matrix B into query, key and value, in keys with %s", (_, module) => {
  const layers = read({ [`${module}.lora_down.weight`]: a, [`${module}.lora_up.weight`]: fusedRows });
  expect(layers.map(({ target: name, up }) => [name, up.shape, readTensor(up)[0]])).toEqual([
    ["layers.0.attention.to_q", [1, 4], 7],
    ["layers.0.attention.to_k", [1, 4], 8],
    ["layers.0.attention.to_v", [1, 4], 9],
  ]);
});

it("counts a correction once that a file holds both fused and apart", () => {
  const apart = ["to_q", "to_k", "to_v"].flatMap((name) => [
    [`${attention}.${name}.lora_A.weight`, a],
    [`${attention}.${name}.lora_B.weight`, float32Tensor([1, 4], [1, 1, 1, 1])],
  ]);
  const fused = { [`${attention}.qkv.lora_A.weight`]: a, [`${attention}.qkv.lora_B.weight`]: fusedRows };
  const layers = read({ ...fused, ...Object.fromEntries(apart) });
  expect(layers.map(({ up }) => readTensor(up)[0])).toEqual([1, 1, 1]);
});

it.each([
  "base_model.model.all_x_embedder.2-1",
  "diffusion_model.x_embedder",
  "lora_unet_all_x_embedder_2-1",
])("finds the picture embedder as %s", (module) => {
  const layers = read({ [`${module}.lora_A.weight`]: a, [`${module}.lora_B.weight`]: b });
  expect(layers.map((layer) => layer.target)).toEqual(["all_x_embedder.2-1"]);
});

it.each([
  [
    "a layer the model lacks",
    { "transformer.layers.9.attention.to_q.lora_A.weight": a },
    "layers.9.attention.to_q.lora_A.weight is for a layer that",
  ],
  ["a weight that is no linear layer", { "transformer.layers.0.norm.lora_A.weight": a }, "is for a layer that"],
  ["only one matrix", { [`${target}.lora_A.weight`]: a }, `${target} has no up (B) matrix`],
  [
    "matrices of another layer",
    { [`${target}.lora_A.weight`]: b, [`${target}.lora_B.weight`]: b },
    `${target} is [3, 2]; expected A [rank, 2] and B [3, rank], got [3,4] and [3,4]`,
  ],
  ["a matrix twice", { [`${target}.lora_A.weight`]: a, [`transformer.${target}.lora_A.weight`]: a }, "a second time"],
  [
    "an alpha of several values",
    { [`${target}.lora_A.weight`]: a, [`${target}.lora_B.weight`]: b, [`${target}.alpha`]: float32Tensor([2], [1, 2]) },
    "alpha of layers.0.attention.to_out.0 must be one finite number",
  ],
  [
    "an alpha that is no number",
    { [`${target}.lora_A.weight`]: a, [`${target}.lora_B.weight`]: b, [`${target}.alpha`]: alpha(Number.NaN) },
    "must be one finite number",
  ],
  [
    "DoRA",
    { [`${target}.lora_A.weight`]: a, [`${target}.lora_B.weight`]: b, [`${target}.dora_scale`]: a },
    "dora_scale is of a DoRA",
  ],
  ["a LoKr", { "lora_unet_layers_0_attention_to_out_0.lokr_w1": a }, "lokr_w1 is of a LoKr"],
  ["the text encoder", { "lora_te1_text_model_q.lora_down.weight": a }, "is for the text encoder"],
  ["an unknown key", { [`${target}.lora_C.weight`]: a }, "lora_C.weight is not of a plain LoRA"],
  ["nothing", {}, "found none"],
])("refuses %s", (_, tensors, message) => {
  const attempt = () => read(tensors as Record<string, TensorToWrite>);
  expect(attempt).toThrow(InvalidFileError);
  expect(attempt).toThrow(message);
});

it("refuses metadata that asks for what a plain LoRA is not", () => {
  const tensors = { [`${target}.lora_A.weight`]: a, [`${target}.lora_B.weight`]: b };
  const withMetadata = (text: string) => () => read(tensors, { lora_adapter_metadata: text });
  expect(withMetadata("{")).toThrow("lora_adapter_metadata is not JSON");
  expect(withMetadata('{"transformer.use_dora":true}')).toThrow("DoRA is not supported");
  expect(withMetadata('{"transformer.alpha_pattern":{"a":1}}')).toThrow("alpha per layer is not supported");
});
