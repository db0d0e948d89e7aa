import { describe, expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { a, added, alpha, b, pair, read, target, whole } from "../../../test/support/weights/lora-file.ts";
import type { TensorToWrite } from "../formats/write-safetensors.ts";

describe("a LoRA", () => {
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

  it.each([
    ["F64", new Uint8Array(Float64Array.of(8).buffer)],
    ["I64", new Uint8Array(BigInt64Array.of(8n).buffer)],
    ["I32", new Uint8Array(Int32Array.of(8).buffer)],
    ["U64", new Uint8Array(BigUint64Array.of(8n).buffer)],
    ["U32", new Uint8Array(Uint32Array.of(8).buffer)],
  ] as const)("reads an alpha of %s", (dtype, bytes) => {
    const { layers } = read({ ...pair(target), [`${target}.alpha`]: { dtype, shape: [], bytes } });
    expect(layers[0]?.delta.scale).toBe(2);
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

  it.each<[string, Record<string, TensorToWrite>, string]>([
    ["only one matrix", { [`${target}.lora_A.weight`]: a }, `${target} has no up (B) matrix`],
    [
      "matrices of another layer",
      { [`${target}.lora_A.weight`]: b, [`${target}.lora_B.weight`]: b },
      `${target} is [3, 2]; expected A [rank, 2] and B [3, rank], got [3,4] and [3,4]`,
    ],
    [
      "a middle matrix that does not fit",
      { ...pair(target), [`${target}.lora_mid.weight`]: a },
      "has a middle matrix [4,2], expected [4, 4]",
    ],
    [
      "an alpha of several values",
      { ...pair(target), [`${target}.alpha`]: float32Tensor([2], [1, 2]) },
      "one finite number",
    ],
    ["an alpha that is no number", { ...pair(target), [`${target}.alpha`]: alpha(Number.NaN) }, "one finite number"],
  ])("is refused with %s", (_, tensors, message) => {
    expect(() => read(tensors)).toThrow(InvalidFileError);
    expect(() => read(tensors)).toThrow(message);
  });
});

describe("LyCORIS", () => {
  const attention = "diffusion_model.layers.0.attention";

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

  it("LoKr of query, key and value in one is cut into three, also where the cuts fall inside its second factor", () => {
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

  it("has magnitudes of rows for query, key and value in one, and none of columns", () => {
    const qkv = "diffusion_model.layers.0.attention.qkv";
    const fused = {
      [`${qkv}.lora_A.weight`]: float32Tensor([1, 2], [1, 1]),
      [`${qkv}.lora_B.weight`]: float32Tensor([3, 1], [1, 2, 3]),
    };
    const { layers } = read({ ...fused, [`${qkv}.dora_scale`]: float32Tensor([3, 1], [4, 5, 6]) });
    expect(layers.map((layer) => [layer.target, layer.magnitude?.along, ...layer.magnitude!.values()])).toEqual([
      ["layers.0.attention.to_q", "rows", 4],
      ["layers.0.attention.to_k", "rows", 5],
      ["layers.0.attention.to_v", "rows", 6],
    ]);
    const columns = { ...fused, [`${qkv}.dora_scale`]: float32Tensor([1, 2], [4, 5]) };
    expect(() => read(columns)).toThrow("a magnitude of columns for query, key and value in one");
  });

  it("is refused without magnitudes, or with those of another layer", () => {
    const settings = { lora_adapter_metadata: '{"transformer.use_dora":true}' };
    expect(() => read(pair(target), settings)).toThrow("has no magnitude");
    const wrong = { ...pair(target), [`${target}.dora_scale`]: float32Tensor([4, 1], [1, 2, 3, 4]) };
    expect(() => read(wrong)).toThrow("expected a magnitude [3, 1] or [1, 2]");
  });
});
