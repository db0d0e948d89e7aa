import { expect, it } from "vitest";
import { feed, runGraph } from "../../../test/support/engine/run-graph.ts";
import { GraphBuilder } from "../graph-builder.ts";
import { reshape, transpose } from "./shape.ts";

it("reshapes symbolic axes by copying, inferring and reading them", async () => {
  const build = (g: GraphBuilder) => {
    const x = g.input("x", "float32", ["A", "B", 2]);
    g.output("kept", reshape(g, x, ["A", "B", 1, 2]));
    g.output("moved", reshape(g, x, [2, "B", "A"]));
  };
  const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  const { kept, moved } = await runGraph(build, { x: feed([2, 3, 2], values) });
  expect([kept, moved]).toEqual([values, values]);
});

it("makes no node where the dims stay", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["A", 2]);
  expect(reshape(g, x, ["A", 2])).toBe(x);
  expect(g.nodes).toEqual([]);
});

it("puts axes in another order", async () => {
  const { y } = await runGraph((g) => g.output("y", transpose(g, g.input("x", "float32", [2, 3]), [1, 0])), {
    x: feed([2, 3], [1, 2, 3, 4, 5, 6]),
  });
  expect(y).toEqual([1, 4, 2, 5, 3, 6]);
});

it("refuses another number of elements, and an order that is none", () => {
  const g = new GraphBuilder();
  const x = g.input("x", "float32", ["A", 6]);
  expect(() => reshape(g, x, ["A", 5])).toThrow(/Reshape .*\[A, 6\].*\[A, 5\]/);
  for (const order of [[0], [0, 0], [1, 2]]) expect(() => transpose(g, x, order)).toThrow("is no order of the axes");
});
