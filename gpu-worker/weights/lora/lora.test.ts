import { describe, expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { warningMessages } from "../../../shared/warnings/warning.ts";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { a, alpha, b, pair, read, target, whole } from "../../../test/support/weights/lora-file.ts";
import type { TensorToWrite } from "../formats/write-safetensors.ts";

describe("key styles", () => {
  it.each([
    ["diffusers", pair(`transformer.${target}`), 1],
    ["PEFT", pair(`base_model.model.${target}`), 1],
    [
      "a PEFT adapter of any name",
      {
        [`transformer.${target}.lora_A.my_style.weight`]: a,
        [`transformer.${target}.lora_B.my_style.weight`]: b,
      },
      1,
    ],
    ["ComfyUI", { ...pair(`diffusion_model.${target}`), [`diffusion_model.${target}.alpha`]: alpha(2) }, 0.5],
    ["ComfyUI, short name", pair("diffusion_model.layers.0.attention.out"), 1],
    [
      "kohya",
      {
        "lora_unet_layers_0_attention_to_out_0.lora_down.weight": a,
        "lora_unet_layers_0_attention_to_out_0.lora_up.weight": b,
        "lora_unet_layers_0_attention_to_out_0.alpha": alpha(8),
      },
      2,
    ],
    ["kohya, short name", pair("lora_unet_layers_0_attention_out"), 1],
    ["VideoX-Fun", pair("lora_unet__layers_0_attention_to_out_0"), 1],
    ["SimpleTuner", pair("lycoris_layers_0_attention_to_out_0"), 1],
  ])("%s: finds the layer, at alpha over rank", (_, tensors, scale) => {
    const { layers, warnings } = read(tensors as Record<string, TensorToWrite>);
    expect(warnings).toEqual([]);
    expect(layers).toMatchObject([{ target, delta: { kind: "low-rank", scale, down: { rows: 4 }, up: { rows: 3 } } }]);
  });

  it.each([
    ["all_x_embedder.2-1", ["base_model.model.all_x_embedder.2-1", "diffusion_model.x_embedder"]],
    ["all_x_embedder.2-1", ["lora_unet_all_x_embedder_2-1", "lora_unet_x_embedder"]],
    ["all_final_layer.2-1.linear", ["diffusion_model.final_layer.linear", "lora_unet_final_layer_linear"]],
  ])("%s is found as %j", (expected, modules) => {
    for (const module of modules) expect(read(pair(module)).layers.map((layer) => layer.target)).toEqual([expected]);
  });
});

describe("query, key and value in one", () => {
  const attention = "diffusion_model.layers.0.attention";
  const fusedRows = float32Tensor([3, 4], [...new Array(4).fill(7), ...new Array(4).fill(8), ...new Array(4).fill(9)]);
  const rowsOf = (tensors: Record<string, TensorToWrite>) =>
    read(tensors).layers.map((layer) => [layer.target, whole(layer.delta)[0]![0]]);

  it.each([
    ["dots", `${attention}.qkv`],
    ["underscores", "lora_unet_layers_0_attention_qkv"],
  ])("are cut from a fused matrix B, in keys with %s", (_, module) => {
    expect(rowsOf({ [`${module}.lora_down.weight`]: a, [`${module}.lora_up.weight`]: fusedRows })).toEqual([
      ["layers.0.attention.to_q", 28],
      ["layers.0.attention.to_k", 32],
      ["layers.0.attention.to_v", 36],
    ]);
  });

  it("count once where a file holds them apart as well", () => {
    const apart = ["to_q", "to_v"].flatMap((name) => [
      [`${attention}.${name}.lora_A.weight`, a],
      [`${attention}.${name}.lora_B.weight`, float32Tensor([1, 4], [1, 1, 1, 1])],
    ]);
    const fused = { [`${attention}.qkv.lora_A.weight`]: a, [`${attention}.qkv.lora_B.weight`]: fusedRows };
    expect(Object.fromEntries(rowsOf({ ...fused, ...Object.fromEntries(apart) }))).toEqual({
      "layers.0.attention.to_q": 4,
      "layers.0.attention.to_k": 32,
      "layers.0.attention.to_v": 4,
    });
  });
});

describe("what is not for the transformer", () => {
  it("is left out and named, by what it is for", () => {
    const { layers, warnings } = read({
      ...pair(`transformer.${target}`),
      "text_encoder.layers.0.self_attn.q_proj.lora_A.weight": a,
      "lora_te1_text_model_q.lora_down.weight": a,
      "diffusion_model.norm_final.diff": a,
      "diffusion_model.layers.9.attention.to_q.lora_A.weight": a,
      "diffusion_model.layers.0.norm.lora_A.weight": a,
      "something.else": a,
    });
    expect(layers).toHaveLength(1);
    expect(warnings).toHaveLength(3);
    expect(warningMessages(warnings).join("\n")).toContain("2 tensors are left out, for the text encoder");
    expect(warningMessages(warnings).join("\n")).toContain(
      "3 tensors are left out, for layers that this model does not have",
    );
    expect(warningMessages(warnings).join("\n")).toContain(
      "1 tensor is left out, for something that is not known: something.else",
    );
  });

  it.each([
    ["a LoRA of another model", pair("transformer.blocks.0.to_q"), "are for layers that this model does not have"],
    ["a LoRA of the text encoder alone", pair("text_encoder.layers.0.q"), "are for the text encoder"],
    ["nothing", {}, "found none"],
    ["an autoencoder", { "decoder.conv_in.weight": a }, "holds an autoencoder of another model, expected a LoRA"],
  ])("refuses %s, by name", (_, tensors, message) => {
    const attempt = () => read(tensors as Record<string, TensorToWrite>);
    expect(attempt).toThrow(InvalidFileError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/lora(: | holds)/);
  });
});

describe("the same layer under two names", () => {
  it("counts once", () => {
    const { layers, warnings } = read({
      ...pair(`transformer.${target}`),
      ...pair("diffusion_model.layers.0.attention.out"),
    });
    expect(layers).toHaveLength(1);
    expect(warnings).toEqual([]);
  });

  it("counts once with a warning where the values differ", () => {
    const other = {
      "diffusion_model.layers.0.attention.out.lora_A.weight": float32Tensor([4, 2], new Array(8).fill(2)),
    };
    const { layers, warnings } = read({
      ...pair(`transformer.${target}`),
      ...other,
      "diffusion_model.layers.0.attention.out.lora_B.weight": b,
    });
    expect(layers).toHaveLength(1);
    expect(warningMessages(warnings)).toEqual([expect.stringMatching(/counted once, .*(transformer|diffusion_model)/)]);
  });
});

it("refuses a matrix twice", () => {
  const attempt = () => read({ ...pair(target), [`${target}.lora_down.weight`]: a });
  expect(attempt).toThrow(InvalidFileError);
  expect(attempt).toThrow(`gives down of ${target} a second time`);
});
