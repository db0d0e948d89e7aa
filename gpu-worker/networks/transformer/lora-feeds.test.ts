import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { expectClose, goldenCheckpoint, maxAbsDiff } from "../../../test/support/engine/golden-tensors.ts";
import { float32Tensor, runtime } from "../../../test/support/engine/run-graph.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import type { TransformerItem } from "../../pipeline/components.ts";
import { tensor } from "../../tensor.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { encodeSafetensors, type TensorToWrite } from "../../weights/formats/write-safetensors.ts";
import { readTensor } from "../../weights/tensor-values.ts";
import { loadTransformer } from "./transformer-model.ts";

/** Corrections beside the weight are held to a checkpoint into whose weight they were merged. */

const source = goldenCheckpoint("tiny-turbo/transformer");
const base = openCheckpoint(source);
const folder = mkdtempSync(join(tmpdir(), "lora-feeds-"));
afterAll(() => rmSync(folder, { recursive: true }));

const random = seededRandom(5);
const matrix = (rows: number, columns: number): Matrix =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => random() - 0.5));
type Matrix = number[][];
const store = (values: Matrix): TensorToWrite => float32Tensor([values.length, values[0]!.length], values.flat());
const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, column) => row.reduce((sum, value, k) => sum + value * b[k]![column]!, 0)));
const mapped = (a: Matrix, value: (row: number, column: number) => number): Matrix =>
  a.map((row, i) => row.map((_, j) => value(i, j)));
const weightOf = (target: string): Matrix => {
  const stored = base.tensors.get(`${target}.weight`)!;
  const values = readTensor(stored);
  const [rows = 0, columns = 0] = stored.shape;
  return Array.from({ length: rows }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);
};

const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * 12.9898 + length));
const item: TransformerItem = {
  latents: tensor(wave(16 * 64), [16, 8, 8]),
  promptEmbeds: tensor(wave(16 * 10), [10, 16]),
  t: 0.3,
};

let files = 0;
function loraFile(tensors: Readonly<Record<string, TensorToWrite>>): string {
  const path = join(folder, `lora-${files++}.safetensors`);
  writeFileSync(path, encodeSafetensors(tensors));
  return path;
}

async function drawMerged(merged: ReadonlyMap<string, Matrix | Float32Array>): Promise<Float32Array> {
  const path = join(folder, `merged-${files++}`);
  mkdirSync(path);
  const tensors = Array.from(base.tensors, ([name, stored]) => {
    const replaced = merged.get(name.replace(/\.weight$/, "")) ?? readTensor(stored);
    return [name, Array.isArray(replaced) ? store(replaced) : float32Tensor(stored.shape, [...replaced])] as const;
  });
  writeFileSync(join(path, "model.safetensors"), encodeSafetensors(Object.fromEntries(tensors)));
  copyFileSync(join(source, "config.json"), join(path, "config.json"));
  const transformer = await loadTransformer(path, runtime);
  const [output] = await transformer.forward([item]);
  await transformer.release();
  return output!.data;
}

const adapted = await loadTransformer(source, runtime);
afterAll(() => adapted.release());
const [plain] = await adapted.forward([item]);

async function drawWith(...loras: { path: string; scale?: number }[]): Promise<Float32Array> {
  await adapted.adapt({ loras });
  return (await adapted.forward([item]))[0]!.data;
}

async function expectMerged(
  loras: { path: string; scale?: number }[],
  merged: ReadonlyMap<string, Matrix | Float32Array>,
) {
  const drawn = await drawWith(...loras);
  expectClose(drawn, await drawMerged(merged), 2e-5);
  expect(maxAbsDiff(drawn, plain!.data)).toBeGreaterThan(1e-3);
}

const target = "layers.0.attention.to_q";
const weight = weightOf(target);
const [out, features] = [weight.length, weight[0]!.length];
const down = matrix(2, features);
const up = matrix(out, 2);
const delta = times(up, down);
const lengthOf = (values: readonly number[]) => Math.hypot(...values);
const columnOf = (values: Matrix, column: number) => values.map((row) => row[column]!);

describe("LoKr", () => {
  const [left, right] = [matrix(4, 4), matrix(out / 4, features / 4)];
  const path = loraFile({ [`${target}.lokr_w1`]: store(left), [`${target}.lokr_w2`]: store(right) });
  const kron = mapped(weight, (row, column) => {
    const [c, d] = [right.length, right[0]!.length];
    return left[Math.floor(row / c)]![Math.floor(column / d)]! * right[row % c]![column % d]!;
  });
  const added = (strength: number) =>
    new Map([[target, mapped(weight, (i, j) => weight[i]![j]! + strength * kron[i]![j]!)]]);

  it("acts like the merged weight, at any strength", async () => {
    await expectMerged([{ path }], added(1));
    await expectMerged([{ path, scale: 0.4 }], added(0.4));
  });

  it("may be there twice, with a LoRA, and go again", async () => {
    const lora = loraFile({ [`${target}.lora_A.weight`]: store(down), [`${target}.lora_B.weight`]: store(up) });
    const both = mapped(weight, (i, j) => weight[i]![j]! + 1.5 * kron[i]![j]! + 0.5 * delta[i]![j]!);
    await expectMerged([{ path }, { path, scale: 0.5 }, { path: lora, scale: 0.5 }], new Map([[target, both]]));
    expectClose(await drawWith(), plain!.data, 1e-6);
  });
});

it("a difference of a whole weight acts like the merged weight", async () => {
  const [added, fused] = [matrix(out, features), matrix(3 * out, features)];
  const path = loraFile({ [`diffusion_model.${target}.diff`]: store(added) });
  const sum = (name: string, first: number) => {
    const own = weightOf(name);
    return [name, mapped(own, (i, j) => own[i]![j]! + 0.5 * fused[first + i]![j]!)] as const;
  };
  await expectMerged(
    [{ path, scale: 0.3 }],
    new Map([[target, mapped(weight, (i, j) => weight[i]![j]! + 0.3 * added[i]![j]!)]]),
  );
  const inOne = loraFile({ "diffusion_model.layers.0.attention.qkv.diff": store(fused) });
  const names = ["to_q", "to_k", "to_v"].map((name) => `layers.0.attention.${name}`);
  await expectMerged([{ path: inOne, scale: 0.5 }], new Map(names.map((name, third) => sum(name, third * out))));
});

it("differences of norms and biases act like the merged ones, and go again", async () => {
  const plus = (name: string, factor: number) =>
    readTensor(base.tensors.get(name)!).map((value, i) => value + factor * (0.2 + (i % 3) * 0.1));
  const added = (name: string) => {
    const { shape } = base.tensors.get(name)!;
    return float32Tensor(
      shape,
      Array.from({ length: shape[0]! }, (_, i) => 0.2 + (i % 3) * 0.1),
    );
  };
  const [norm, perHead, bias] = ["layers.0.ffn_norm2", "layers.0.attention.norm_q", "all_x_embedder.2-1.bias"] as const;
  const path = loraFile({
    [`diffusion_model.${norm}.diff`]: added(`${norm}.weight`),
    "diffusion_model.layers.0.attention.q_norm.diff": added(`${perHead}.weight`),
    "diffusion_model.x_embedder.diff_b": added(bias),
  });
  for (const scale of [1, 0.4]) {
    await expectMerged(
      [{ path, scale }],
      new Map([
        [norm, plus(`${norm}.weight`, scale)],
        [perHead, plus(`${perHead}.weight`, scale)],
        [bias, plus(bias, scale)],
      ]),
    );
  }
  expectClose(await drawWith(), plain!.data, 1e-6);
  const short = loraFile({ [`diffusion_model.${norm}.diff`]: float32Tensor([3], [1, 2, 3]) });
  await expect(drawWith({ path: short })).rejects.toThrow("ffn_norm2.weight has, got [3]");
});

it("LoHa acts like the merged weight", async () => {
  const [a1, b1, a2, b2] = [matrix(out, 2), matrix(2, features), matrix(out, 3), matrix(3, features)];
  const tensors = { hada_w1_a: a1, hada_w1_b: b1, hada_w2_a: a2, hada_w2_b: b2 };
  const path = loraFile(
    Object.fromEntries(Object.entries(tensors).map(([name, values]) => [`${target}.${name}`, store(values)])),
  );
  const [first, second] = [times(a1, b1), times(a2, b2)];
  await expectMerged(
    [{ path }],
    new Map([[target, mapped(weight, (i, j) => weight[i]![j]! + first[i]![j]! * second[i]![j]!)]]),
  );
});

describe("DoRA", () => {
  const corrected = mapped(weight, (i, j) => weight[i]![j]! + delta[i]![j]!);
  const pair = { [`${target}.lora_A.weight`]: store(down), [`${target}.lora_B.weight`]: store(up) };

  it.each([1, 0.6])("with magnitudes of rows acts like the merged weight, at strength %d", async (scale) => {
    const magnitudes = corrected.map((row) => lengthOf(row) * (1 + random()));
    const path = loraFile({ ...pair, [`${target}.dora_scale`]: float32Tensor([out, 1], magnitudes) });
    const merged = mapped(weight, (i, j) => {
      const whole = (magnitudes[i]! / lengthOf(corrected[i]!)) * corrected[i]![j]!;
      return weight[i]![j]! + scale * (whole - weight[i]![j]!);
    });
    await expectMerged([{ path, scale }], new Map([[target, merged]]));
  });

  it("with magnitudes of columns acts like the merged weight", async () => {
    const lengths = corrected[0]!.map((_, column) => lengthOf(columnOf(corrected, column)));
    const magnitudes = lengths.map((length) => length * (1 + random()));
    const path = loraFile({ ...pair, [`${target}.dora_scale`]: float32Tensor([1, features], magnitudes) });
    const merged = mapped(weight, (i, j) => (magnitudes[j]! / lengths[j]!) * corrected[i]![j]!);
    await expectMerged([{ path }], new Map([[target, merged]]));
  });

  it("acts on a layer with a bias as on the others", async () => {
    const biased = "all_x_embedder.2-1";
    const own = weightOf(biased);
    const [a, b] = [matrix(2, own[0]!.length), matrix(own.length, 2)];
    const product = times(b, a);
    const whole = mapped(own, (i, j) => own[i]![j]! + product[i]![j]!);
    const magnitudes = whole.map((row) => 1.5 * lengthOf(row));
    const path = loraFile({
      [`${biased}.lora_A.weight`]: store(a),
      [`${biased}.lora_B.weight`]: store(b),
      [`${biased}.lora_magnitude_vector.weight`]: float32Tensor([own.length], magnitudes),
    });
    await expectMerged([{ path }], new Map([[biased, mapped(whole, (i, j) => 1.5 * whole[i]![j]!)]]));
  });

  it.each([
    "rows",
    "columns",
  ] as const)("on a LoKr, with magnitudes of %s, acts like the merged weight", async (along) => {
    const [left, right] = [matrix(2, 4), matrix(out / 2, features / 4)];
    const [c, d] = [right.length, right[0]!.length];
    const whole = mapped(weight, (i, j) => {
      return weight[i]![j]! + left[Math.floor(i / c)]![Math.floor(j / d)]! * right[i % c]![j % d]!;
    });
    const lengths = along === "rows" ? whole.map(lengthOf) : whole[0]!.map((_, j) => lengthOf(columnOf(whole, j)));
    const magnitudes = lengths.map((length) => length * (1 + random()));
    const path = loraFile({
      [`${target}.lokr_w1`]: store(left),
      [`${target}.lokr_w2`]: store(right),
      [`${target}.dora_scale`]: float32Tensor(along === "rows" ? [out, 1] : [1, features], magnitudes),
    });
    const factor = (i: number, j: number) => {
      const at = along === "rows" ? i : j;
      return magnitudes[at]! / lengths[at]!;
    };
    const merged = (scale: number) =>
      mapped(weight, (i, j) => weight[i]![j]! + scale * (factor(i, j) * whole[i]![j]! - weight[i]![j]!));
    await expectMerged([{ path, scale: 0.6 }], new Map([[target, merged(0.6)]]));
    // Beside a LoKr without magnitudes, which has no factors.
    const plainLokr = loraFile({ [`${target}.lokr_w1`]: store(left), [`${target}.lokr_w2`]: store(right) });
    const both = merged(0.6);
    const sum = mapped(weight, (i, j) => both[i]![j]! + whole[i]![j]! - weight[i]![j]!);
    await expectMerged([{ path, scale: 0.6 }, { path: plainLokr }], new Map([[target, sum]]));
  });

  it("of rows and one of columns on the same layer are refused together", async () => {
    const rows = loraFile({ ...pair, [`${target}.dora_scale`]: float32Tensor([out, 1], new Array(out).fill(1)) });
    const columns = loraFile({
      ...pair,
      [`${target}.dora_scale`]: float32Tensor([1, features], new Array(features).fill(1)),
    });
    await expect(drawWith({ path: rows }, { path: columns })).rejects.toThrow("one of these LoRAs at a time");
  });
});
