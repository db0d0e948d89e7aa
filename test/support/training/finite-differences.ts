import { largestValue } from "../../../gpu-worker/cli/replay/comparison.ts";
import type { Dim } from "../../../gpu-worker/graph/dims.ts";
import { encodeModel } from "../../../gpu-worker/graph/encode-model.ts";
import { backpropagate } from "../../../gpu-worker/graph/grad.ts";
import { GraphBuilder } from "../../../gpu-worker/graph/graph-builder.ts";
import type { Value } from "../../../gpu-worker/graph/value.ts";
import type { OnnxTensor } from "../../../gpu-worker/runtime/onnx-session.ts";
import { elementCount } from "../../../gpu-worker/tensor.ts";
import { trainedWeights } from "../../../gpu-worker/training/trained-weights.ts";
import { runtime } from "../engine/run-graph.ts";
import { seededRandom } from "../seeded-random.ts";

export interface GradientCheck {
  /** float32 inputs to differentiate, with symbolic dims whose sizes are drawn for each seed. */
  readonly inputs: Readonly<Record<string, readonly Dim[]>>;
  /** May declare further inputs, which are fed but not differentiated, and weights, which are both. */
  readonly build: (g: GraphBuilder, inputs: Record<string, Value> & { a: Value; b: Value; c: Value }) => Value;
  readonly seeds: readonly number[];
  /** Check only so many elements of each input, drawn at random. @default all */
  readonly elements?: number;
  /** One float of a fed value. @default −1..1 */
  readonly draw?: (random: () => number) => number;
}

type FloatFeed = OnnxTensor & { readonly dtype: "float32" };

/**
 * Compare the gradient of `sum(weights · y)`, for random weights, with finite differences of the same graph.
 *
 * The graph runs in float32, so the step is wide (1/16: rounding of 1e-7 becomes 1e-6) and the rule of fourth order
 * (its error is step⁴/30 of the fifth derivative, about 1e-6); the weighted sum is taken in float64 from the elements
 * of `y`.
 * @returns the largest difference over all elements, relative to the largest gradient of that input
 * or a hundredth of the largest of all
 */
export async function gradientError(check: GradientCheck): Promise<number> {
  const { inputs, build, seeds, elements, draw = (random) => 2 * random() - 1 } = check;
  const g = new GraphBuilder({ weights: trainedWeights() });
  const differentiated = Object.entries(inputs).map(([name, dims]) => g.input(name, "float32", dims));
  const named = Object.fromEntries(differentiated.map((value) => [value.name, value]));
  const y = build(g, named as Parameters<typeof build>[1]);
  const weights = g.input("output weights", "float32", y.dims);
  const values = [...differentiated, ...g.parameters];
  backpropagate(g, [{ value: y, gradient: weights }], values).forEach((gradient, index) => {
    g.output(`gradient ${values[index]!.name}`, gradient);
  });
  g.output("y", y);
  const { bytes } = encodeModel(g, "gradient check");
  const session = await runtime.createSession(bytes);

  const run = async (feeds: Record<string, OnnxTensor>) =>
    new Map(Array.from(await session.run(feeds), ([name, { data }]) => [name, data as Float32Array]));
  let worst = 0;
  for (const seed of seeds) {
    const random = seededRandom(seed);
    const sizes = new Map<string, number>();
    const feeds: Record<string, OnnxTensor> = {};
    for (const input of g.inputs) feeds[input.name] = randomFeed(input, sizes, random, draw);
    const outputWeights = feeds["output weights"]!.data as Float32Array;
    const exact = await run(feeds);
    // Inputs that the loss hardly depends on have gradients that are rounding alone.
    const largest = values.map(({ name }) => largestValue(exact.get(`gradient ${name}`)!));
    const smallest = Math.max(1e-3, 1e-2 * Math.max(...largest));
    for (const { name } of values) {
      const { data } = feeds[name] as FloatFeed;
      const gradient = exact.get(`gradient ${name}`)!;
      const scale = Math.max(largestValue(gradient), smallest);
      for (let sample = 0; sample < Math.min(data.length, elements ?? data.length); sample++) {
        const i = elements === undefined ? sample : Math.floor(random() * data.length);
        const center = data[i]!;
        const lossAt = async (offset: number) => {
          data[i] = center + offset;
          const outputs = await run(feeds);
          data[i] = center;
          return outputs.get("y")!.reduce((sum, value, index) => sum + value * outputWeights[index]!, 0);
        };
        const slope = async (step: number) => ((await lossAt(step)) - (await lossAt(-step))) / (2 * step);
        const estimate = (4 * (await slope(1 / 16)) - (await slope(1 / 8))) / 3;
        worst = Math.max(worst, Math.abs(estimate - gradient[i]!) / scale);
      }
    }
  }
  await session.release();
  return worst;
}

function randomFeed(
  { dtype, dims }: Value,
  sizes: Map<string, number>,
  random: () => number,
  draw: (random: () => number) => number,
): OnnxTensor {
  const shape = dims.map((dim) => sizeOf(dim, sizes, random));
  const count = elementCount(shape);
  if (dtype === "int64") {
    // Rows of tables of four.
    return { dtype, data: BigInt64Array.from({ length: count }, () => BigInt(Math.floor(4 * random()))), dims: shape };
  }
  if (dtype === "bool")
    return { dtype, data: Uint8Array.from({ length: count }, () => +(random() < 0.5)), dims: shape };
  if (dtype === "int32") {
    // A mask that leaves the first key of each row.
    const length = shape.at(-1)!;
    const data = Int32Array.from({ length: count }, (_, i) => (i % length === 0 || random() < 0.5 ? 1 : 0));
    return { dtype, data, dims: shape };
  }
  return { dtype: "float32", data: Float32Array.from({ length: count }, () => draw(random)), dims: shape };
}

/** The size of a symbolic axis: each symbol is 1 to 4. */
function sizeOf(dim: Dim, sizes: Map<string, number>, random: () => number): number {
  if (typeof dim === "number") return dim;
  return dim.split("*").reduce((product, factor) => {
    const known = Number(factor) || sizes.get(factor) || 1 + Math.floor(4 * random());
    if (Number.isNaN(Number(factor))) sizes.set(factor, known);
    return product * known;
  }, 1);
}
