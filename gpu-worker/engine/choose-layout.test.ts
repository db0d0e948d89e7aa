import { expect, it } from "vitest";
import type { StoredTensor } from "../weights/formats/safetensors.ts";
import { chooseLayouts, type LayoutRequest } from "./choose-layout.ts";

const fast = { float32: 100, int8: 130, int4: 120, w8a8: 340 };
const shape = [40_000, 40_000];
const plain: StoredTensor = { dtype: "BF16", shape, file: "", offset: 0, length: 2 * 40_000 ** 2 };
const scales: StoredTensor = { dtype: "F32", shape: [40_000, 1], file: "", offset: 0, length: 160_000 };
const rotated: StoredTensor = {
  ...plain,
  dtype: "I8",
  codes: {
    code: "int8",
    scales: { scales, blockRows: 1, blockColumns: 40_000, columns: 1, tiled: false },
    globalScale: undefined,
    rotationGroup: 64,
    firstRow: 0,
  },
};
const inBlocks: StoredTensor = { ...plain, dtype: "U8", blocks: { bits: 4, blockSize: 32, scales } };

function choose(tensor: StoredTensor, more: Partial<LayoutRequest> = {}) {
  const checkpoint = { folder: "", tensors: new Map([["layers.0.attention.to_q.weight", tensor]]) };
  return chooseLayouts({ precision: "auto", device: "cpu", checkpoint, measure: async () => fast, ...more });
}

it.each([
  ["plain weights", plain, {}, ["int8-convrot", "int4"]],
  ["rotated weights, small ones too", { ...rotated, shape: [64, 64] }, {}, ["int8-convrot"]],
  ["weights that were quantised on purpose", inBlocks, {}, [undefined]],
  ["plain weights of a small model", { ...plain, shape: [1000, 1000] }, {}, [undefined]],
  ["a GPU", plain, { device: "cuda" }, [undefined]],
  ["a CPU that is no faster with integers", plain, { measure: async () => ({ ...fast, w8a8: 125 }) }, [undefined]],
  [
    "a CPU whose products of integers are wrong",
    rotated,
    { measure: async () => ({ float32: 1, int8: 1, int4: 1 }) },
    [undefined],
  ],
  ["what was asked for", inBlocks, { precision: "w8a8", device: "cuda" }, ["int8-convrot"]],
  ["what was asked for, 4 bits", plain, { precision: "int4" }, ["int4"]],
  ["weights as stored, when asked for", plain, { precision: "stored" }, [undefined]],
] as const)("for %s", async (_case, tensor, more, layouts) => {
  expect((await choose(tensor, more)).layouts).toEqual(layouts);
});

it("says what was measured, and measures nothing that does not matter", async () => {
  expect((await choose(plain)).reason).toBe(
    "products measured here in GFLOP/s: w8a8 340, int8 130, int4 120, float32 100",
  );
  const measure = async () => {
    throw new Error("measured");
  };
  for (const more of [{ precision: "stored" }, { device: "webgpu" }] as const)
    await choose(plain, { ...more, measure });
  await choose(inBlocks, { measure });
});
