import {
  awayFromZero,
  type DerivativeCase,
  describeDerivatives,
  positive,
} from "../../../test/support/engine/derivative-cases.ts";
import type { GradientCheck } from "../../../test/support/training/finite-differences.ts";
import {
  abs,
  add,
  cast,
  clip,
  div,
  exp,
  mul,
  neg,
  reciprocal,
  sigmoid,
  silu,
  sqrt,
  sub,
  tanh,
  where,
} from "./arithmetic.ts";
import { arithmeticDerivatives } from "./arithmetic-derivatives.ts";

const stretched = { a: ["B", "S", 3], b: ["B", 1, 3] } as const;
const insideOrOutsideOne: GradientCheck["draw"] = (random) => (random() < 0.5 ? -1 : 1) * (random() < 0.5 ? 0.5 : 1.5);

const cases: DerivativeCase[] = [
  ["Add", "both stretched", { a: ["B", 1, 3], b: ["S", 1] }, (g, { a, b }) => add(g, a, b)],
  ["Add", "a vector", { a: ["B", "S", 3], b: [3] }, (g, { a, b }) => add(g, a, b)],
  ["Sub", "stretched", stretched, (g, { a, b }) => sub(g, a, b)],
  ["Mul", "stretched", stretched, (g, { a, b }) => mul(g, a, b)],
  ["Mul", "by itself", { a: ["B", 3] }, (g, { a }) => mul(g, a, a)],
  ["Div", "stretched", stretched, (g, { a, b }) => div(g, a, b), positive],
  ["Neg", "", { a: ["B"] }, (g, { a }) => neg(g, a)],
  ["Abs", "", { a: ["B", 3] }, (g, { a }) => abs(g, a), awayFromZero],
  ["Exp", "", { a: ["B", 3] }, (g, { a }) => exp(g, a)],
  ["Sqrt", "", { a: ["B", 3] }, (g, { a }) => sqrt(g, a), positive],
  ["Reciprocal", "", { a: ["B", 3] }, (g, { a }) => reciprocal(g, a), positive],
  ["Sigmoid", "", { a: ["B", 3] }, (g, { a }) => sigmoid(g, a)],
  ["Tanh", "", { a: ["B", 3] }, (g, { a }) => tanh(g, a)],
  ["QuickGelu", "SiLU", { a: ["B", 3] }, (g, { a }) => silu(g, a)],
  [
    "QuickGelu",
    "alpha 1.7",
    { a: ["B", 3] },
    (g, { a }) =>
      g.node1("QuickGelu", { domain: "com.microsoft", inputs: [a], attributes: { alpha: 1.7 } }, "float32", a.dims),
  ],
  ["Clip", "some inside", { a: ["B", 8] }, (g, { a }) => clip(g, a, -1, 1), insideOrOutsideOne],
  [
    "Where",
    "a vector or a row",
    { a: [1, 3], b: ["B", "S", 3] },
    (g, { a, b }) => where(g, g.input("condition", "bool", ["B", "S", 1]), a, b),
  ],
  ["Cast", "to float16 and back", { a: [4] }, (g, { a }) => cast(g, cast(g, a, "float16"), "float32"), positive],
];

describeDerivatives(cases, Object.keys(arithmeticDerivatives));
