import { expect, it, onTestFinished } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, feedIndices, runtime } from "../../../test/support/engine/run-graph.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { transformerBlock } from "../../graph/blocks/transformer-block.ts";
import { encodeModel } from "../../graph/encode-model.ts";
import { backpropagate } from "../../graph/grad.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import type { Value } from "../../graph/value.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";
import { elementCount } from "../../tensor.ts";
import { trainedWeights } from "../trained-weights.ts";
import { buildSegmentBackward, buildSegmentForward, type Segment } from "./segment.ts";

const config = { heads: 2, headDim: 8, eps: 1e-5, feedForwardHidden: 24 };
const [items, tokens, width] = [2, 5, 16];

interface Shared {
  readonly x: Value;
  readonly timeEmbedding: Value;
  readonly block: (x: Value, layer: number) => Value;
}

function shared(g: GraphBuilder): Shared {
  const timeEmbedding = g.input("time", "float32", ["B", 6]);
  const rotary = {
    cos: g.input("cos", "float32", ["R", config.headDim / 2]),
    sin: g.input("sin", "float32", ["R", config.headDim / 2]),
    positions: g.input("positions", "int64", ["B", "S"]),
  };
  const keyMask = g.input("mask", "int32", ["B", "S"]);
  const block = (x: Value, layer: number) =>
    g.scope(`layers.${layer}`, () => transformerBlock(g, x, { rotary, keyMask, timeEmbedding }, config));
  return { x: g.input("x", "float32", ["B", "S", width]), timeEmbedding, block };
}

it("gives the gradients of the whole graph, block by block", async () => {
  const random = seededRandom(3);
  const values = (...dims: number[]) =>
    feed(
      dims,
      Array.from({ length: elementCount(dims) }, () => random() - 0.5),
    );
  const layers = 3;
  const whole = new GraphBuilder({ weights: trainedWeights() });
  const parts = shared(whole);
  let y = parts.x;
  for (let layer = 0; layer < layers; layer++) y = parts.block(y, layer);
  const wanted = [parts.x, parts.timeEmbedding, ...whole.parameters];
  const gradient = whole.input("gradient y", "float32", y.dims);
  backpropagate(whole, [{ value: y, gradient }], wanted).forEach((value, index) => {
    whole.output(`gradient ${wanted[index]!.name}`, value);
  });
  whole.output("y", y);

  const parameters = Object.fromEntries(
    whole.parameters.map(({ name, dims }) => [name, values(...(dims as readonly number[]))]),
  );
  const conditions = {
    time: values(items, 6),
    cos: values(tokens, 4),
    sin: values(tokens, 4),
    positions: feedIndices([items, tokens], [0, 1, 2, 3, 4, 4, 3, 2, 1, 0]),
    mask: { dtype: "int32", data: Int32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 0, 0), dims: [items, tokens] } as const,
  };
  const x = values(items, tokens, width);
  const outputGradient = values(items, tokens, width);
  const expected = await run(whole, { ...parameters, ...conditions, x, "gradient y": outputGradient });

  // Forward: keep what goes into each block.
  const kept = [x];
  for (let layer = 0; layer < layers; layer++) {
    const g = new GraphBuilder({ weights: trainedWeights() });
    buildSegmentForward(g, segment(g, layer));
    const outputs = await run(g, feedsOf(g, { ...parameters, ...conditions, x: kept[layer]! }));
    kept.push(outputs.get("y")!);
  }
  expect(kept.at(-1)).toEqual(expected.get("y"));

  // Backward: each block again, last first.
  let passed: OnnxTensor = outputGradient;
  const timeGradient = new Float32Array(items * 6);
  for (let layer = layers - 1; layer >= 0; layer--) {
    const g = new GraphBuilder({ weights: trainedWeights() });
    buildSegmentBackward(g, segment(g, layer));
    const feeds = { ...parameters, ...conditions, x: kept[layer]!, "gradient y": passed };
    const outputs = await run(g, feedsOf(g, feeds));
    for (const { name } of g.parameters) {
      const key = `gradient ${name}`;
      expectClose(floats(outputs, key), floats(expected, key), 1e-5, key);
    }
    floats(outputs, "gradient time").forEach((value, i) => {
      timeGradient[i]! += value;
    });
    passed = outputs.get("gradient x")!;
  }
  expectClose(passed.data as Float32Array, floats(expected, "gradient x"), 1e-5, "gradient x");
  expectClose(timeGradient, floats(expected, "gradient time"), 1e-5, "gradient time");
});

function segment(g: GraphBuilder, layer: number): Segment {
  const { x, timeEmbedding, block } = shared(g);
  return { inputs: [x, timeEmbedding], outputs: { y: block(x, layer) } };
}

function feedsOf(g: GraphBuilder, all: Readonly<Record<string, OnnxTensor>>): Record<string, OnnxTensor> {
  return Object.fromEntries(g.inputs.map(({ name }) => [name, all[name]!]));
}

async function run(g: GraphBuilder, feeds: Readonly<Record<string, OnnxTensor>>) {
  const session = await runtime.createSession(encodeModel(g, "segment").bytes);
  onTestFinished(() => session.release());
  return session.run(feeds);
}

function floats(outputs: ReadonlyMap<string, OnnxTensor>, name: string): Float32Array {
  return outputs.get(name)!.data as Float32Array;
}
