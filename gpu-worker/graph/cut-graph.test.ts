import { expect, it } from "vitest";
import { cutGraph, rebuildPart } from "./cut-graph.ts";
import { grad } from "./grad.ts";
import { GraphBuilder } from "./graph-builder.ts";
import { add, plus, times } from "./ops/arithmetic.ts";
import { reduceSum } from "./ops/reduction.ts";
import { expand } from "./ops/shape.ts";

/** Two layers that share a scale and the run-time size of the batch, which the first of them asks for. */
function twoLayers() {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["B", 2]);
  const scale = g.input("scale", "float32", []);
  const layer = (index: number, value: typeof x) =>
    g.scope(`layers.${index}`, () => add(g, times(g, value, 3), expand(g, scale, ["B", 2])));
  const first = layer(0, x);
  const second = layer(1, first);
  const loss = reduceSum(g, second, [0, 1]);
  const partOf = ({ name }: { name: string }) => /^layers\.\d/.exec(name)?.[0] ?? "rest";
  return { g, x, scale, first, second, loss, parts: cutGraph(g, [loss], partOf) };
}

it("cuts where the name changes; floats pass, sizes are read again", () => {
  const { x, scale, first, second, loss, parts } = twoLayers();
  expect(parts.map(({ name }) => name)).toEqual(["layers.0", "layers.1", "rest"]);
  expect(parts.map(({ inputs }) => inputs)).toEqual([[x, scale], [first, scale, x], [second]]);
  expect(parts.map(({ outputs }) => outputs)).toEqual([[first], [second], [loss]]);
  // The second layer reads the batch size of x itself.
  expect(parts[1]!.nodes.map(({ op }) => op)).toContain("Shape");
});

it("makes a graph of a part that gradients can be appended to", () => {
  const { first, second, parts } = twoLayers();
  const { g, value } = rebuildPart(parts[1]!);
  expect(g.inputs.map(({ name }) => name)).toEqual([`from ${first.name}`, "from scale", "from x"]);
  const [gradient] = grad(g, reduceSum(g, plus(g, times(g, value(second), 3), 1), [0, 1]), [value(first)]);
  expect(gradient!.dims).toEqual(first.dims);
  const names = g.initializers.map((initializer) => initializer.value.name);
  expect(new Set(names).size).toBe(names.length); // the constant 3 is there twice, under two names
  expect(() => value({ name: "y", dtype: "float32", dims: [] })).toThrow("layers.1 has no value y");
});
