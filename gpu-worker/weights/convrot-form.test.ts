import { expect, it } from "vitest";
import type { TensorPlan } from "./convert/tensor-plan.ts";
import { convrotGroup, convrotOutputs, rotatedRows, withComfyNames } from "./convrot-form.ts";
import type { StoredTensor } from "./formats/safetensors.ts";

it.each([
  [512, 256],
  [192, 64],
  [80, 16],
  [12, 4],
  [6, undefined],
])("rotates rows of %d in groups of %s", (width, group) => {
  expect(convrotGroup(width)).toBe(group);
});

const stored: StoredTensor = { file: "f", dtype: "I8", shape: [2, 64], offset: 0, length: 128 };
const scaled = (scales: Partial<StoredTensor>, rotationGroup?: number): StoredTensor => ({
  ...stored,
  codes: {
    code: "int8",
    scales: {
      scales: { file: "f", dtype: "F32", shape: [2, 1], offset: 128, length: 8, ...scales },
      blockRows: 1,
      blockColumns: 64,
      columns: 1,
      tiled: false,
    },
    globalScale: undefined,
    rotationGroup,
    firstRow: 0,
  },
});

it("tells what graphs multiply as it lies: rotated, with a float32 scale per row", () => {
  expect(rotatedRows(scaled({}, 64))).toMatchObject({ group: 64, scales: { shape: [2, 1], length: 8 } });
  expect(rotatedRows(scaled({}))).toBeUndefined(); // not rotated
  expect(rotatedRows(scaled({ dtype: "F16", length: 4 }, 64))).toBeUndefined();
  expect(rotatedRows(scaled({ shape: [1], length: 4 }, 64))).toBeUndefined(); // one scale for all
  expect(rotatedRows(stored)).toBeUndefined();
});

it("writes codes, a scale per row, and a note that says what they are", () => {
  const { outputs, notes } = convrotOutputs("layers.0.w1.weight", [2, 64], 64);
  expect(outputs).toEqual([
    { name: "layers.0.w1.weight", dtype: "I8", shape: [2, 64] },
    { name: "layers.0.w1.weight_scale", dtype: "F32", shape: [2, 1] },
  ]);
  expect(notes[0].name).toBe("layers.0.w1.comfy_quant");
  expect(JSON.parse(notes[0].text)).toEqual({ format: "int8_tensorwise", convrot: true, convrot_groupsize: 64 });
});

it("lays queries, keys and values into one matrix under ComfyUI's names", () => {
  const plan = (name: string): TensorPlan => ({
    name,
    source: stored,
    encoding: { kind: "rotated", group: 64 },
    ...convrotOutputs(name, stored.shape, 64),
  });
  const [key, out] = withComfyNames([
    plan("layers.0.attention.to_k.weight"),
    plan("layers.0.attention.to_out.0.weight"),
  ]);
  expect(key!.firstOutputRow).toBe(2);
  expect(key!.outputs.map(({ name, shape }) => [name, shape])).toEqual([
    ["layers.0.attention.qkv.weight", [6, 64]],
    ["layers.0.attention.qkv.weight_scale", [6, 1]],
  ]);
  expect(key!.notes![0]!.name).toBe("layers.0.attention.qkv.comfy_quant");
  expect([out!.outputs[0]!.name, out!.outputs[0]!.shape, out!.firstOutputRow]).toEqual([
    "layers.0.attention.out.weight",
    [2, 64],
    undefined,
  ]);
});

it.each([
  ["all_x_embedder.2-1.weight", "x_embedder.weight"],
  ["all_final_layer.2-1.linear.bias", "final_layer.linear.bias"],
  ["layers.0.attention.norm_q.weight", "layers.0.attention.q_norm.weight"],
  ["layers.0.feed_forward.w1.weight", "layers.0.feed_forward.w1.weight"],
])("calls %s %s", (name, comfy) => {
  const plan: TensorPlan = {
    name,
    source: stored,
    encoding: { kind: "copy" },
    outputs: [{ name, dtype: "F32", shape: [1] }],
  };
  expect(withComfyNames([plan])[0]!.outputs[0]!.name).toBe(comfy);
});
