import { expect, it } from "vitest";
import { expectClose } from "../../../test/support/engine/golden-tensors.ts";
import { feed, runGraph } from "../../../test/support/engine/run-graph.ts";
import { GraphBuilder } from "../graph-builder.ts";
import { reduceMean, reduceSum, reduceTo, softmax, sumOfSquares } from "./reduction.ts";

const x = feed([2, 3], [1, 2, 3, 4, 5, 6]);

it("reduces the axes that are named, and none where none is", async () => {
  const build = (g: GraphBuilder) => {
    const x = g.input("x", "float32", ["A", 3]);
    g.output("rows", reduceSum(g, x, [1]));
    g.output("columns", reduceMean(g, x, [0], { keepDims: true }));
    g.output("none", reduceSum(g, x, []));
    g.output("squares", sumOfSquares(g, x));
    g.output("softmax", reduceSum(g, softmax(g, x), [1]));
  };
  const { rows, columns, none, squares, softmax: ones } = await runGraph(build, { x });
  expect([rows, columns, none, squares]).toEqual([[6, 15], [2.5, 3.5, 4.5], [1, 2, 3, 4, 5, 6], [91]]);
  expectClose(ones!, [1, 1], 1e-6);
});

it("sums what broadcasting had stretched", async () => {
  const build = (g: GraphBuilder) => {
    const x = g.input("x", "float32", ["A", 3]);
    g.output("row", reduceTo(g, x, [3]));
    g.output("column", reduceTo(g, x, ["A", 1]));
    g.output("scalar", reduceTo(g, x, []));
  };
  expect(await runGraph(build, { x })).toEqual({ row: [5, 7, 9], column: [6, 15], scalar: [21] });
});

it("refuses an axis that is not there, by the shape", () => {
  const g = new GraphBuilder();
  expect(() => reduceSum(g, g.input("x", "float32", ["A", 3]), [2])).toThrow(/axes \[2\] are not all axes of \[A, 3\]/);
});
