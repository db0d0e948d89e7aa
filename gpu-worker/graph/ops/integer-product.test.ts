import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { relativeError } from "../../../test/support/engine/relative-error.ts";
import { feed, runtime } from "../../../test/support/engine/run-graph.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { encodeModel } from "../encode-model.ts";
import { GraphBuilder } from "../graph-builder.ts";
import type { GraphBuilderOptions } from "../graph-options.ts";
import type { WeightSource } from "../weight-source.ts";
import { linear } from "./linear.ts";
import { hadamard } from "./rotation.ts";

const [tokens, width, out, group] = [5, 128, 6, 64] as const;
const random = seededRandom(7);
const codes = Int8Array.from({ length: out * width }, () => Math.floor(random() * 255) - 127);
const scales = Float32Array.from({ length: out }, (_, row) => 0.002 * (row + 1));
/** One channel stands out, and one token is all zeros. */
const x = Float32Array.from({ length: tokens * width }, (_, at) =>
  at < width ? 0 : (random() - 0.5) * (at % width === 9 ? 80 : 1),
);

const folder = realpathSync(mkdtempSync(join(tmpdir(), "integer-product-")));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "weights");
writeFileSync(file, Buffer.concat([new Uint8Array(codes.buffer), new Uint8Array(scales.buffer)]));
const weights: WeightSource = {
  description: "a rotated weight",
  weight: () => ({
    dtype: "int8",
    shape: [out, width],
    data: { file, offset: 0, length: codes.length },
    rowScales: { file, offset: codes.length, length: 4 * out },
    rotation: group,
  }),
};

function build(options: GraphBuilderOptions, exact = false): GraphBuilder {
  const g = new GraphBuilder({ ...options, weights });
  const input = g.input("x", "float32", [1, "S", width]);
  g.output("y", linear(g, input, "w1", out, { exact }));
  g.output("z", linear(g, input, "w3", out, { exact }));
  return g;
}

async function run(g: GraphBuilder): Promise<Float32Array> {
  const { bytes, ...options } = encodeModel(g, "product");
  const session = await runtime.createSession(bytes, options);
  const outputs = await session.run({ x: feed([1, tokens, width], [...x]) });
  await session.release();
  return outputs.get("y")!.data as Float32Array;
}

/** Each group of a row times the Hadamard matrix. */
function rotated(row: readonly number[]): number[] {
  const matrix = hadamard(group);
  return row.map((_, at) => {
    const start = at - (at % group);
    let sum = 0;
    for (let i = 0; i < group; i++) sum += row[start + i]! * matrix[i * group + (at % group)]!;
    return sum;
  });
}

const rowsOf = (values: ArrayLike<number>) =>
  Array.from({ length: values.length / width }, (_, row) => Array.from(values).slice(row * width, (row + 1) * width));
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
/** `x` times the weight as it was before it was rotated, in 64 bits. */
const exactValues = rowsOf(x).flatMap((token) =>
  rowsOf(codes).map((row, index) =>
    dot(
      token,
      rotated(row).map((value) => value * scales[index]!),
    ),
  ),
);
/** The product of codes as the graph should compute it. */
const integerValues = rowsOf(x).flatMap((token) => {
  const values = rotated(token);
  const scale = Math.max(...values.map(Math.abs)) / 127;
  return rowsOf(codes).map((row, index) =>
    scale === 0
      ? 0
      : dot(
          values.map((value) => Math.round(value / scale)),
          row,
        ) *
        scale *
        scales[index]!,
  );
});
const exact = Float32Array.from(exactValues);
const integers = Float32Array.from(integerValues);

it.each(["u8s8", "s8s8"] as const)("%s multiplies codes of rotated activations with the stored codes", async (form) => {
  const y = await run(build({ integerProducts: form }));
  // A value that lies between two codes may become either.
  expect(relativeError(y, integers)).toBeLessThan(1e-3);
  expect(relativeError(y, exact)).toBeLessThan(0.01);
  expect([...y.subarray(0, out)]).toEqual(Array.from({ length: out }, () => 0));
});

it("loses more without the rotation, on activations with an outlier", () => {
  const plainValues = rowsOf(x).flatMap((token) => {
    const scale = Math.max(...token.map(Math.abs)) / 127 || 1;
    return rowsOf(codes).map((row, index) =>
      dot(
        token.map((value) => Math.round(value / scale) * scale),
        rotated(row).map((value) => value * scales[index]!),
      ),
    );
  });
  expect(relativeError(Float32Array.from(plainValues), exact)).toBeGreaterThan(2 * relativeError(integers, exact));
});

it.each([
  ["without integer products", {}, false],
  ["where the layer asks for exact activations", { integerProducts: "u8s8" }, true],
] as const)("expands the weight to what it was before it was rotated %s", async (_, options, exactLayer) => {
  expectClose(await run(build(options, exactLayer)), exact, 1e-4);
});

it("makes codes of an activation once for all layers that read it", () => {
  const g = build({ integerProducts: "u8s8" });
  expect(g.nodes.filter(({ op }) => op === "QuantizeLinear")).toHaveLength(1);
  expect(g.nodes.filter(({ op }) => op === "QGemm")).toHaveLength(2);
});

it("names both widths when a weight does not fit", () => {
  const g = new GraphBuilder({ weights, integerProducts: "u8s8" });
  expect(() => linear(g, g.input("x", "float32", [1, "S", 64]), "w1", out)).toThrow(
    "expected shape [6, 64], got [6, 128]",
  );
});
