import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { a, added, alpha, b, base, folder, pair, read, target, whole } from "../../../test/support/engine/lora-file.ts";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { encodeSafetensors, type TensorToWrite } from "../formats/write-safetensors.ts";
import { readLora } from "./lora.ts";

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

  it("takes kernels of 1×1 for matrices", () => {
    const { layers } = read({
      [`${target}.lora_down.weight`]: { ...a, shape: [4, 2, 1, 1] },
      [`${target}.lora_up.weight`]: { ...b, shape: [3, 4, 1, 1] },
    });
    expect(whole(layers[0]!.delta)).toEqual(new Array(3).fill([4, 4]));
  });

  it("multiplies by a middle matrix", () => {
    const mid = float32Tensor([4, 4, 1, 1], [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2]);
    const { layers } = read({ ...pair(target), [`${target}.lora_mid.weight`]: mid });
    expect(whole(layers[0]!.delta)).toEqual(new Array(3).fill([8, 8]));
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

  it("are cut from a fused LoKr, also where the cuts fall inside its second factor", () => {
    // [3, 2] as [1, 1] ⊗ [3, 2], as [3, 1] ⊗ [1, 2] and, of rank 1, as [1, 2] ⊗ [3, 1].
    const factors: [TensorToWrite, TensorToWrite][] = [
      [float32Tensor([1, 1], [2]), float32Tensor([3, 2], [1, 2, 3, 4, 5, 6])],
      [float32Tensor([3, 1], [1, 2, 3]), float32Tensor([1, 2], [4, 5])],
      [float32Tensor([1, 2], [1, 3]), float32Tensor([3, 1], [4, 5, 6])],
    ];
    const expected = [
      [
        [2, 4],
        [6, 8],
        [10, 12],
      ],
      [
        [4, 5],
        [8, 10],
        [12, 15],
      ],
      [
        [4, 12],
        [5, 15],
        [6, 18],
      ],
    ];
    factors.forEach(([w1, w2], index) => {
      const { layers } = read({ [`${attention}.qkv.lokr_w1`]: w1, [`${attention}.qkv.lokr_w2`]: w2 });
      const sums = ["to_q", "to_k", "to_v"].map((name) => {
        const parts = layers.filter((layer) => layer.target.endsWith(name)).map((layer) => whole(layer.delta));
        return parts.reduce(added)[0];
      });
      expect(sums).toEqual(expected[index]);
    });
  });
});

describe("scale", () => {
  const tensors = pair(`transformer.${target}`);
  const scaleWith = (settings: object) =>
    read(tensors, { lora_adapter_metadata: JSON.stringify(settings) }).layers[0]?.delta.scale;

  it.each([
    ["alpha", { "transformer.r": 4, "transformer.lora_alpha": 12 }, 3],
    ["rank-stabilised", { "transformer.lora_alpha": 12, "transformer.use_rslora": true }, 6],
    ["a pattern with the whole name", { "transformer.lora_alpha": 4, "transformer.alpha_pattern": { [target]: 8 } }, 2],
    ["a pattern with its end", { "transformer.lora_alpha": 4, "transformer.alpha_pattern": { "to_out.0": 16 } }, 4],
    ["an anchored pattern", { "transformer.alpha_pattern": { "^layers\\.0\\.attention\\.to_out\\.0": 8 } }, 2],
    ["an expression", { "transformer.alpha_pattern": { "layers\\.\\d+\\.(attention|mlp)\\..*0": 8 } }, 2],
    ["a pattern for others", { "transformer.lora_alpha": 4, "transformer.alpha_pattern": { out: 8 } }, 1],
  ])("follows PEFT's settings: %s", (_, settings, scale) => {
    expect(scaleWith(settings)).toBe(scale);
  });

  it("follows adapter_config.json beside PEFT's own file", () => {
    const path = join(folder, "adapter_model.safetensors");
    writeFileSync(path, encodeSafetensors(pair(`base_model.model.${target}`)));
    writeFileSync(join(folder, "adapter_config.json"), '{"peft_type":"LORA","r":4,"lora_alpha":8,"use_rslora":true}');
    expect(readLora(path, base).layers[0]?.delta.scale).toBe(4);
    rmSync(path);
  });

  it.each([
    ["F64", new Uint8Array(Float64Array.of(8).buffer)],
    ["I64", new Uint8Array(BigInt64Array.of(8n).buffer)],
    ["I32", new Uint8Array(Int32Array.of(8).buffer)],
  ] as const)("reads an alpha of %s", (dtype, bytes) => {
    const { layers } = read({ ...tensors, [`transformer.${target}.alpha`]: { dtype, shape: [], bytes } });
    expect(layers[0]?.delta.scale).toBe(2);
  });

  it.each([
    "(a+)+$",
    "((a)|b)*",
    ".*.*.*.*x",
    `${"a".repeat(300)}*`,
  ])("refuses the pattern %j, which could take for ever", (key) => {
    expect(() => scaleWith({ "transformer.alpha_pattern": { [key]: 1 } })).toThrow("too involved");
  });
});

it("reads values of 8 and 64 bits", () => {
  const eight = { dtype: "F8_E4M3" as const, shape: [4, 2], bytes: new Uint8Array(8).fill(0x40) }; // 2
  const double = {
    dtype: "F64" as const,
    shape: [3, 4],
    bytes: new Uint8Array(Float64Array.from(new Array(12).fill(0.5)).buffer),
  };
  const { layers } = read({ [`${target}.lora_A.weight`]: eight, [`${target}.lora_B.weight`]: double });
  expect(whole(layers[0]!.delta)).toEqual(new Array(3).fill([4, 4]));
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
    expect(warnings).toHaveLength(4);
    expect(warnings.join("\n")).toContain("2 tensors are left out, for the text encoder");
    expect(warnings.join("\n")).toContain("2 tensors are left out, for layers that this model does not have");
    expect(warnings.join("\n")).toContain("1 tensor is left out, for whole weights instead of low-rank ones");
    expect(warnings.join("\n")).toContain("1 tensor is left out, for something that is not known: something.else");
  });

  it.each([
    ["a LoRA of another model", pair("transformer.blocks.0.to_q"), "are for layers that this model does not have"],
    ["a LoRA of the text encoder alone", pair("text_encoder.layers.0.q"), "are for the text encoder"],
    ["nothing", {}, "found none"],
  ])("refuses %s, by name", (_, tensors, message) => {
    const attempt = () => read(tensors as Record<string, TensorToWrite>);
    expect(attempt).toThrow(InvalidFileError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(/lora: /);
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
    expect(warnings).toEqual([expect.stringMatching(/counted once, .*(transformer|diffusion_model)/)]);
  });
});

it.each([
  ["only one matrix", { [`${target}.lora_A.weight`]: a }, `${target} has no up (B) matrix`],
  [
    "matrices of another layer",
    { [`${target}.lora_A.weight`]: b, [`${target}.lora_B.weight`]: b },
    `${target} is [3, 2]; expected A [rank, 2] and B [3, rank], got [3,4] and [3,4]`,
  ],
  ["a matrix twice", { ...pair(target), [`${target}.lora_down.weight`]: a }, "a second time"],
  [
    "an alpha of several values",
    { ...pair(target), [`${target}.alpha`]: float32Tensor([2], [1, 2]) },
    "one finite number",
  ],
  ["an alpha that is no number", { ...pair(target), [`${target}.alpha`]: alpha(Number.NaN) }, "one finite number"],
])("refuses %s", (_, tensors, message) => {
  const attempt = () => read(tensors as Record<string, TensorToWrite>);
  expect(attempt).toThrow(InvalidFileError);
  expect(attempt).toThrow(message);
});

it("refuses settings that cannot be read", () => {
  const withMetadata = (text: string) => () => read(pair(target), { lora_adapter_metadata: text });
  expect(withMetadata("{")).toThrow("lora: lora_adapter_metadata is not JSON");
  expect(withMetadata('{"transformer.lora_alpha":"four"}')).toThrow("lora_alpha");
});
