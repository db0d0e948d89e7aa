import { describe, expect, it } from "vitest";
import { InvalidFileError } from "../../shared/errors.ts";
import { feed, float32Tensor, runGraph } from "../../test/support/engine/run-graph.ts";
import { GraphBuilder } from "./graph-builder.ts";
import { add, mul } from "./ops/arithmetic.ts";
import { linear } from "./ops/linear.ts";
import { concat, gather, reshape, split, transpose } from "./ops/shape.ts";
import type { WeightSource } from "./weight-source.ts";

const data = { file: "/model.safetensors", offset: 0, length: 24 };
const oneWeight: WeightSource = {
  description: "/checkpoint",
  weight: (name) => (name === "layers.0.to_q.weight" ? { dtype: "float32", shape: [2, 3], data } : undefined),
};

describe("weights", () => {
  it("are found under their scope", () => {
    const g = new GraphBuilder({ weights: oneWeight });
    const value = g.scope("layers", () => g.scope("0", () => g.weight("to_q.weight", [2, 3])));
    expect(value).toEqual({ name: "layers.0.to_q.weight", dtype: "float32", dims: [2, 3] });
    expect(g.initializers).toEqual([{ value, data: { external: data } }]);
  });

  it("are refused with both shapes, or with the name that is missing", () => {
    const g = new GraphBuilder({ weights: oneWeight });
    expect(() => g.scope("layers.0", () => g.weight("to_q.weight", [3, 2]))).toThrow(
      new InvalidFileError("/model.safetensors: tensor layers.0.to_q.weight: expected shape [3, 2], got [2, 3]"),
    );
    expect(() => g.weight("to_k.weight", [3, 2])).toThrow(
      new InvalidFileError("/checkpoint: expected a tensor to_k.weight [3, 2], found none"),
    );
  });

  it("are cast from the stored to the compute dtype, once", () => {
    const g = new GraphBuilder({ weights: oneWeight, computeDtype: "bfloat16" });
    const read = () => g.weight("layers.0.to_q.weight", [2, 3]);
    expect(read().dtype).toBe("bfloat16");
    expect(read()).toBe(read());
    expect(g.initializers[0]?.value.dtype).toBe("float32");
    expect(g.nodes.map(({ op, attributes }) => [op, attributes])).toEqual([["Cast", { to: 16n }]]);
  });

  it("leave the scope when a block throws", () => {
    const g = new GraphBuilder();
    expect(() =>
      g.scope("layers", () => {
        throw new Error("inner");
      }),
    ).toThrow("inner");
    expect(g.qualify("x")).toBe("x");
  });
});

it.each([
  ["float32", 1.5, "0000c03f"],
  ["float16", 1.5, "003e"],
  ["bfloat16", 1.5, "c03f"],
  // Halfway between two bfloat16 values, the even one is taken: 1 + 1/256 goes down, 1 + 3/256 goes up.
  ["bfloat16", 1 + 1 / 256, "803f"],
  ["bfloat16", 1 + 3 / 256, "823f"],
] as const)("writes constants as %s: %s is %s", (dtype, value, hex) => {
  const g = new GraphBuilder();
  g.scalar(value, dtype);
  expect(g.initializers[0]?.data).toEqual({ raw: new Uint8Array(Buffer.from(hex, "hex")) });
});

it("keeps nodes with operator, inputs, outputs and attributes in an order that can be walked backwards", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["B", 4]);
  const y = g.scope("layers.0", () => mul(g, transpose(g, transpose(g, x, [1, 0]), [1, 0]), x));
  const known = new Set(g.inputs.map(({ name }) => name));
  for (const { inputs, outputs } of g.nodes) {
    for (const input of inputs) expect(known).toContain(input?.name);
    for (const { name } of outputs) known.add(name);
  }
  expect(g.nodes.map(({ name }) => name)).toEqual(["layers.0/Transpose_0", "layers.0/Transpose_1", "layers.0/Mul_2"]);
  expect(g.nodes[1]?.attributes).toEqual({ perm: [1n, 0n] });
  expect(g.nodes.at(-1)?.outputs).toEqual([y]);
});

it.each([
  [
    "reshape",
    (g: GraphBuilder) => reshape(g, g.input("x", "float32", ["B", "S", 6]), ["B", "S", 2, 2]),
    "[B, S, 6] does not hold as many elements as [B, S, 2, 2]",
  ],
  [
    "add",
    (g: GraphBuilder) => add(g, g.input("x", "float32", ["B", 6]), g.input("y", "float32", ["S", 6])),
    "float32 [B, 6] does not fit float32 [S, 6]",
  ],
  [
    "add of dtypes",
    (g: GraphBuilder) => add(g, g.input("x", "float32", [6]), g.input("y", "bfloat16", [6])),
    "float32 [6] does not fit bfloat16 [6]",
  ],
  [
    "transpose",
    (g: GraphBuilder) => transpose(g, g.input("x", "float32", ["B", 6]), [0, 0]),
    "[0,0] is no order of the axes of [B, 6]",
  ],
  [
    "concat",
    (g: GraphBuilder) => concat(g, [g.input("x", "float32", ["B", 6]), g.input("y", "float32", ["B", 5])], 0, "S"),
    "[B, 6] and [B, 5] differ beside axis 0",
  ],
  ["size", (g: GraphBuilder) => g.size("S"), "no value has an axis of S"],
])("prints both shapes when %s does not fit", (_, build, message) => {
  expect(() => build(new GraphBuilder())).toThrow(message);
});

it("reshapes axes that move, through sizes read at run time", async () => {
  // [B, S, 4] → [B·S, 4] → [B, S, 2, 2] → heads first → back: the identity.
  const values = Array.from({ length: 24 }, (_, i) => i);
  const build = (g: GraphBuilder) => {
    const x = g.input("x", "float32", ["B", "S", 4]);
    const heads = transpose(g, reshape(g, reshape(g, x, ["B*S", 4]), ["B", "S", 2, 2]), [0, 2, 1, 3]); // [B, 2, S, 2]
    g.output("heads", heads);
    g.output("back", reshape(g, transpose(g, heads, [0, 2, 1, 3]), ["B", "S", 4]));
  };
  const { heads, back } = await runGraph(build, { x: feed([2, 3, 4], values) });
  expect(back).toEqual(values);
  expect(heads?.slice(0, 6)).toEqual([0, 1, 4, 5, 8, 9]);
});

it("joins, cuts and picks", async () => {
  const build = (g: GraphBuilder) => {
    const x = g.input("x", "float32", ["B", "X", 2]);
    const joined = concat(g, [x, g.input("y", "float32", ["B", "C", 2])], 1, "S");
    g.output("joined", joined);
    g.output("second", split(g, joined, 2, 2)[1]!);
    g.output("picked", gather(g, joined, 2, [1, 1, 0]));
  };
  const outputs = await runGraph(build, { x: feed([1, 1, 2], [1, 2]), y: feed([1, 2, 2], [3, 4, 5, 6]) });
  expect(outputs.joined).toEqual([1, 2, 3, 4, 5, 6]);
  expect(outputs.second).toEqual([2, 4, 6]);
  expect(outputs.picked).toEqual([2, 2, 1, 4, 4, 3, 6, 6, 5]);
});

describe("linear", () => {
  const weights = {
    odd: { dtype: "U8" as const, shape: [3], bytes: new Uint8Array(3) },
    "f.weight": float32Tensor([2, 3], [1, 2, 3, 4, 5, 6]),
    "f.bias": float32Tensor([2], [10, 20]),
  };
  const x = { x: feed([1, 2, 3], [1, 0, 0, 0, 1, 2]) };
  const build = (bias: boolean) => (g: GraphBuilder) =>
    g.output("y", linear(g, g.input("x", "float32", ["B", "S", 3]), "f", 2, { bias }));

  it("multiplies by the stored [out, in] weight, read in place at an odd offset", async () => {
    expect((await runGraph(build(false), x, weights)).y).toEqual([1, 4, 8, 17]); // 0+2+6, 0+5+12
    expect((await runGraph(build(true), x, weights)).y).toEqual([11, 24, 18, 37]);
  });

  it("widens bfloat16 weights", async () => {
    // 1, 2, 3, 4, 5, 6 are exact in bfloat16: the upper half of their float32 bits.
    const bytes = new Uint8Array(
      Uint16Array.from(new Uint32Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer), (bits) => bits >>> 16).buffer,
    );
    expect((await runGraph(build(false), x, { "f.weight": { dtype: "BF16", shape: [2, 3], bytes } })).y).toEqual([
      1, 4, 8, 17,
    ]);
  });

  it("refuses a weight that holds no floats", async () => {
    const bytes = new Uint8Array(24);
    await expect(runGraph(build(false), x, { "f.weight": { dtype: "I32", shape: [2, 3], bytes } })).rejects.toThrow(
      "tensor f.weight: expected F32, F16 or BF16 weights, got I32",
    );
  });
});
