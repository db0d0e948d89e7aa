import { expect, it } from "vitest";
import { InvalidFileError } from "../../shared/errors.ts";
import { float32Tensor } from "../../test/support/engine/run-graph.ts";
import { bytesTensor, storedTensors } from "../../test/support/engine/stored-tensors.ts";
import { blockFormMetadata, blockHeaders, resolveBlocks } from "./block-form.ts";
import type { TensorToWrite } from "./formats/write-safetensors.ts";

const resolve = (tensors: Record<string, TensorToWrite>, metadata: Readonly<Record<string, string>> = {}) =>
  resolveBlocks(storedTensors(tensors, { ...blockFormMetadata, ...metadata }));
const codes = bytesTensor("U8", [2, 3, 16], new Uint8Array(96));
const scales = float32Tensor([2, 3], [1, 2, 3, 4, 5, 6]);

it("gives a matrix the shape of its values and its scales, and leaves other tensors alone", () => {
  const tensors = resolve({ w: codes, "w.block_scales": scales, bias: float32Tensor([2], [1, 2]) });
  expect([...tensors.keys()]).toEqual(["w", "bias"]);
  expect(tensors.get("w")).toMatchObject({
    shape: [2, 96],
    blocks: { bits: 4, blockSize: 32, scales: { dtype: "F32", shape: [2, 3] } },
  });
  expect(tensors.get("bias")!.blocks).toBeUndefined();
  const eight = resolve({ w: bytesTensor("U8", [2, 3, 32], new Uint8Array(192)), "w.block_scales": scales });
  expect(eight.get("w")!.blocks!.bits).toBe(8);
});

it("reads what its own headers describe", () => {
  expect(blockHeaders("w", 2, 96, 4).map(({ name, dtype, shape }) => [name, dtype, shape])).toEqual([
    ["w", "U8", [2, 3, 16]],
    ["w.block_scales", "F32", [2, 3]],
  ]);
});

it.each<[string, Record<string, TensorToWrite>, Record<string, string>, string]>([
  ["codes without scales", { w: codes }, {}, "tensor w: expected w.block_scales F32 [2, 3], got none"],
  [
    "scales of another shape",
    { w: codes, "w.block_scales": float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]) },
    {},
    "expected w.block_scales F32 [2, 3], got F32 [3,2]",
  ],
  [
    "codes of another rank",
    { w: bytesTensor("U8", [2, 16], new Uint8Array(32)) },
    {},
    "[rows, blocks, 16 or 32], got [2,16]",
  ],
  ["codes of other bits", { w: bytesTensor("U8", [1, 1, 20], new Uint8Array(20)) }, {}, "got [1,1,20]"],
  ["scales of nothing", { "w.block_scales": scales }, {}, "tensor w.block_scales: expected a U8 tensor that it scales"],
  ["another version", { w: codes }, { z_image_format_version: "2" }, 'expected z_image_format_version 1, got "2"'],
  ["blocks of another size", { w: codes }, { block_size: "64" }, 'expected block_size 32, got "64"'],
])("refuses %s", (_, tensors, metadata, message) => {
  expect(() => resolve(tensors, metadata)).toThrow(InvalidFileError);
  expect(() => resolve(tensors, metadata)).toThrow(message);
});
