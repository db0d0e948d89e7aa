import { type DerivativeCase, describeDerivatives } from "../../../test/support/engine/derivative-cases.ts";
import type { Value } from "../value.ts";
import { mul } from "./arithmetic.ts";
import { reduceSum } from "./reduction.ts";
import { concat, embedding, expand, gather, reshape, split, splitSizes, transpose } from "./shape.ts";
import { shapeDerivatives } from "./shape-derivatives.ts";

const cases: DerivativeCase[] = [
  ["Reshape", "", { a: ["B", "S", 6] }, (g, { a }) => reshape(g, a, ["B*S", 2, 3])],
  ["Transpose", "", { a: ["B", "S", 2] }, (g, { a }) => transpose(g, a, [2, 0, 1])],
  [
    "Concat",
    "",
    { a: ["B", "X", 2], b: ["B", "C", 2] },
    (g, { a, b }) => {
      const joined = concat(g, [a, b], 1, "S");
      return reduceSum(g, mul(g, joined, joined), [1]);
    },
  ],
  [
    "Split",
    "one part unused",
    { a: ["B", 6] },
    (g, { a }) => {
      const [first, , third] = split(g, a, 1, 3) as [Value, Value, Value];
      return mul(g, first, third);
    },
  ],
  [
    "Split",
    "by sizes",
    { a: ["B", "X"], b: ["B", "C"] },
    (g, { a, b }) => splitSizes(g, concat(g, [a, b], 1, "S"), 1, ["X", "C"])[1]!,
  ],
  ["Gather", "repeated heads", { a: ["B", 2, 3] }, (g, { a }) => gather(g, a, 1, [0, 0, 1, 1])],
  ["Gather", "token table", { a: [4, 3] }, (g, { a }) => embedding(g, a, g.input("ids", "int64", ["B", "S"]))],
  [
    "Expand",
    "",
    { a: ["B", 1, 2] },
    (g, { a }) => {
      g.input("sized", "float32", ["S"]);
      return expand(g, a, ["B", "S", 2]);
    },
  ],
];

describeDerivatives(cases, Object.keys(shapeDerivatives));
