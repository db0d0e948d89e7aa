import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { openCheckpoint } from "../checkpoint.ts";
import { encodeSafetensors, type TensorToWrite } from "../formats/write-safetensors.ts";
import { readLora } from "./lora.ts";
import type { Delta } from "./lora-products.ts";

const folder = mkdtempSync(join(tmpdir(), "lora-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(
  join(folder, "model.safetensors"),
  encodeSafetensors({
    "layers.0.attention.to_out.0.weight": float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]),
    "layers.0.attention.to_q.weight": float32Tensor([1, 2], [1, 2]),
    "layers.0.attention.to_k.weight": float32Tensor([1, 2], [3, 4]),
    "layers.0.attention.to_v.weight": float32Tensor([1, 2], [5, 6]),
    "layers.0.feed_forward.w1.weight": float32Tensor([4, 6], new Array(24).fill(0)),
    "all_x_embedder.2-1.weight": float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]),
    "all_final_layer.2-1.linear.weight": float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]),
    "layers.0.norm.weight": float32Tensor([2], [1, 1]),
  }),
);
const base = openCheckpoint(folder);
const target = "layers.0.attention.to_out.0";
const a = float32Tensor([4, 2], new Array(8).fill(1));
const b = float32Tensor([3, 4], new Array(12).fill(1));
const alpha = (value: number) => float32Tensor([], [value]);
const pair = (module: string) => ({ [`${module}.lora_A.weight`]: a, [`${module}.lora_B.weight`]: b });

function read(tensors: Record<string, TensorToWrite>, metadata?: Record<string, string>) {
  const path = join(folder, "lora");
  writeFileSync(path, encodeSafetensors(tensors, metadata));
  return readLora(path, base);
}

/** The correction as a whole matrix, in rows. */
function whole(delta: Delta): number[][] {
  const { scale } = delta;
  if (delta.kind === "low-rank") {
    const [down, up] = [delta.down.values(), delta.up.values()];
    const [rank, features] = [delta.down.rows, delta.down.columns];
    return Array.from({ length: delta.up.rows }, (_, row) =>
      Array.from({ length: features }, (_, column) => {
        let sum = 0;
        for (let k = 0; k < rank; k++) sum += up[row * rank + k]! * down[k * features + column]!;
        return scale * sum;
      }),
    );
  }
  const { left, right } = delta;
  const [outer, inner] = [left.values(), right.values()];
  return Array.from({ length: left.rows * right.rows }, (_, row) =>
    Array.from({ length: left.columns * right.columns }, (_, column) => {
      const [i, k] = [Math.floor(row / right.rows), row % right.rows];
      const [j, l] = [Math.floor(column / right.columns), column % right.columns];
      return scale * outer[i * left.columns + j]! * inner[k * right.columns + l]!;
    }),
  );
}

const added = (x: number[][], y: number[][]) => x.map((row, i) => row.map((value, j) => value + y[i]![j]!));

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

describe("LyCORIS", () => {
  const module = "diffusion_model.layers.0.feed_forward.w1";
  const w1 = float32Tensor([2, 2], [1, 2, 3, 4]);
  const w2 = float32Tensor([2, 3], [1, 0, 2, 0, 1, 3]);
  const kron = [
    [1, 0, 2, 2, 0, 4],
    [0, 1, 3, 0, 2, 6],
    [3, 0, 6, 4, 0, 8],
    [0, 3, 9, 0, 4, 12],
  ];

  it("LoKr with two whole factors ignores alpha", () => {
    const { layers } = read({ [`${module}.lokr_w1`]: w1, [`${module}.lokr_w2`]: w2, [`${module}.alpha`]: alpha(1e10) });
    expect(layers[0]?.delta.kind).toBe("kronecker");
    expect(whole(layers[0]!.delta)).toEqual(kron);
  });

  it("LoKr with a factor of low rank takes alpha over that rank", () => {
    const { layers } = read({
      "lycoris_layers_0_feed_forward_w1.lokr_w1": w1,
      "lycoris_layers_0_feed_forward_w1.lokr_w2_a": float32Tensor([2, 2], [1, 0, 0, 1]),
      "lycoris_layers_0_feed_forward_w1.lokr_w2_b": w2,
      "lycoris_layers_0_feed_forward_w1.alpha": alpha(1),
    });
    expect(whole(layers[0]!.delta)).toEqual(kron.map((row) => row.map((value) => value / 2)));
  });

  it("LoKr may have its first factor, or both, of low rank", () => {
    const identity = float32Tensor([2, 2], [1, 0, 0, 1]);
    const { layers } = read({
      [`${module}.lokr_w1_a`]: identity,
      [`${module}.lokr_w1_b`]: w1,
      [`${module}.lokr_w2_a`]: identity,
      [`${module}.lokr_w2_b`]: w2,
    });
    expect(whole(layers[0]!.delta)).toEqual(kron);
  });

  it("LoHa is the elementwise product of two products", () => {
    const { layers } = read({
      [`${module}.hada_w1_a`]: float32Tensor([4, 1], [1, 2, 3, 4]),
      [`${module}.hada_w1_b`]: float32Tensor([1, 6], [1, 2, 3, 4, 5, 6]),
      [`${module}.hada_w2_a`]: float32Tensor([4, 2], [1, 0, 0, 1, 1, 1, 2, 0]),
      [`${module}.hada_w2_b`]: float32Tensor([2, 6], [1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0, 1]),
      [`${module}.alpha`]: alpha(3),
    });
    // Row i of the first is (i + 1) · (1 … 6), those of the second (1 …), (0 1 …), (1 2 …) and (2 …).
    const second = [
      [1, 1, 1, 1, 1, 1],
      [0, 1, 0, 1, 0, 1],
      [1, 2, 1, 2, 1, 2],
      [2, 2, 2, 2, 2, 2],
    ];
    const expected = second.map((row, i) => row.map((value, j) => 3 * value * (i + 1) * (j + 1)));
    expect(whole(layers[0]!.delta)).toEqual(expected);
  });

  it.each([
    [
      "factors that do not multiply to the layer",
      { [`${module}.lokr_w1`]: w1, [`${module}.lokr_w2`]: w1 },
      "[2, 2] and [2, 2]",
    ],
    ["a factor that is missing", { [`${module}.lokr_w1`]: w1 }, "neither lokr_w2 nor both"],
    ["a LoHa in part", { [`${module}.hada_w1_a`]: w1 }, "lacks one of hada_w1_a"],
  ])("refuses %s", (_, tensors, message) => {
    expect(() => read(tensors as Record<string, TensorToWrite>)).toThrow(message);
  });
});

describe("DoRA", () => {
  it.each([
    ["rows", "dora_scale", [3, 1], [1, 2, 3]],
    ["rows", "lora_magnitude_vector.weight", [3], [1, 2, 3]],
    ["rows", "lora_magnitude_vector.default.weight", [3], [1, 2, 3]],
    ["columns", "dora_scale", [1, 2], [1, 2]],
  ])("has magnitudes of %s in %s %j", (along, ending, shape, values) => {
    const { layers } = read({ ...pair(target), [`${target}.${ending}`]: float32Tensor(shape, values) });
    expect(layers[0]?.magnitude?.along).toBe(along);
    expect(Array.from(layers[0]!.magnitude!.values())).toEqual(values);
  });

  it("is refused without magnitudes, or with those of another layer", () => {
    const settings = { lora_adapter_metadata: '{"transformer.use_dora":true}' };
    expect(() => read(pair(target), settings)).toThrow("has no magnitude");
    const lokr = {
      [`${target}.lokr_w1`]: float32Tensor([1, 1], [1]),
      [`${target}.lokr_w2`]: float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]),
      [`${target}.dora_scale`]: float32Tensor([3, 1], [1, 2, 3]),
    };
    expect(() => read(lokr)).toThrow("is a LoKr with magnitudes");
    const wrong = { ...pair(target), [`${target}.dora_scale`]: float32Tensor([4, 1], [1, 2, 3, 4]) };
    expect(() => read(wrong)).toThrow("expected a magnitude [3, 1] or [1, 2]");
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
