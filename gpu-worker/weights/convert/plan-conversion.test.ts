import { expect, it } from "vitest";
import type { StoredTensor } from "../formats/safetensors.ts";
import { type ConversionTarget, planConversion, planLayout, type WeightLayout } from "./plan-conversion.ts";

const stored = (
  dtype: StoredTensor["dtype"],
  shape: readonly number[],
  more: Partial<StoredTensor> = {},
): StoredTensor => ({
  file: "f",
  offset: 0,
  length: 0,
  dtype,
  shape,
  ...more,
});
const matrix = stored("F16", [64, 64]);
const [query, value, table, modulation] = [
  "layers.0.attention.to_q.weight",
  "layers.0.attention.to_v.weight",
  "model.embed_tokens.weight",
  "layers.0.adaLN_modulation.0.weight",
];
const encodings = (target: ConversionTarget, source = matrix) =>
  [query, value, table, modulation, "cap_embedder.1.weight"].map((name) => {
    const { encoding } = planConversion(name, source, target);
    return encoding.kind === "blocks" ? encoding.bits : encoding.kind;
  });

it("rounds everything to bfloat16 but what is so already", () => {
  expect(encodings("bf16")).toEqual(["float", "float", "float", "float", "float"]);
  expect(encodings("bf16", stored("BF16", [64, 64]))).toEqual(["copy", "copy", "copy", "copy", "copy"]);
});

it("takes fewer bits for what bears it", () => {
  expect(encodings("int8")).toEqual([8, 8, 8, 8, "copy"]);
  expect(encodings("int4")).toEqual([4, 8, 8, 8, "copy"]);
  expect(encodings("int8-convrot")).toEqual(["rotated", "rotated", "copy", "copy", "copy"]);
});

it.each<[string, string, StoredTensor, object]>([
  ["a vector", "layers.0.attention.norm_q.weight", stored("F16", [64]), { kind: "copy" }],
  ["a width that is no multiple of 32", query, stored("F16", [64, 40]), { kind: "copy" }],
  ["a matrix of another place", "t_embedder.mlp.0.weight", matrix, { kind: "copy" }],
  [
    "what is no plain float",
    "cap_embedder.1.weight",
    stored("U8", [64, 64], { ggml: "Q8_0" }),
    { kind: "float", dtype: "F32" },
  ],
  ["the same codes in ggml blocks", query, stored("U8", [64, 64], { ggml: "Q4_0" }), { kind: "repack", bits: 4 }],
  ["other codes in ggml blocks", query, stored("U8", [64, 64], { ggml: "Q8_0" }), { kind: "blocks", bits: 4 }],
])("writes %s for int4 as it can", (_, name, source, encoding) => {
  expect(planConversion(name, source, "int4").encoding).toEqual(encoding);
});

it("names the outputs that an encoding takes", () => {
  const outputs = (target: ConversionTarget) =>
    planConversion(query, matrix, target).outputs.map(({ name, dtype, shape }) => [name, dtype, shape]);
  expect(outputs("int4")).toEqual([
    [query, "U8", [64, 2, 16]],
    [`${query}.block_scales`, "F32", [64, 2]],
  ]);
  expect(outputs("bf16")).toEqual([[query, "BF16", [64, 64]]]);
});

const rowScales = stored("F32", [64]);
const blocks = { bits: 4, blockSize: 32, scales: stored("F32", [64, 2]) } as const;
it.each<[string, StoredTensor, WeightLayout | undefined, boolean, object | undefined]>([
  ["floats", matrix, undefined, false, undefined],
  ["our own forms", stored("I8", [64, 64], { rowScales }), undefined, false, undefined],
  [
    "ggml blocks with our codes",
    stored("U8", [64, 64], { ggml: "Q8_0" }),
    undefined,
    false,
    { kind: "repack", bits: 8 },
  ],
  [
    "ggml blocks with other codes",
    stored("U8", [64, 64], { ggml: "Q4_K" }),
    undefined,
    false,
    { kind: "blocks", bits: 8 },
  ],
  ["fp8", stored("F8_E4M3", [64, 64]), undefined, false, { kind: "blocks", bits: 8 }],
  [
    "fp8 that is not to be rounded again",
    stored("F8_E4M3", [64, 64]),
    undefined,
    true,
    { kind: "float", dtype: "F32" },
  ],
  ["floats in 4 bits", matrix, "int4", false, { kind: "blocks", bits: 4 }],
  ["blocks in 4 bits", stored("U8", [64, 64], { blocks }), "int4", false, undefined],
  ["floats rotated", matrix, "int8-convrot", false, { kind: "rotated", group: 64 }],
  ["a width without a rotation", stored("F16", [64, 6]), "int8-convrot", false, undefined],
])("lays out %s", (_, source, layout, exact, encoding) => {
  expect(planLayout(query, source, layout, exact)?.encoding).toEqual(encoding);
});
