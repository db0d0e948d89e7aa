import type { FloatDtype } from "../value.ts";
import { add, cast, div, mul, neg, sigmoid, sign, sub, times, where } from "./arithmetic.ts";
import type { Derivatives } from "./derivative.ts";
import { reduceTo } from "./reduction.ts";

export const arithmeticDerivatives: Derivatives = {
  Add: (g, { inputs: [a, b] }, [dy]) => [() => reduceTo(g, dy, a!.dims), () => reduceTo(g, dy, b!.dims)],
  Sub: (g, { inputs: [a, b] }, [dy]) => [() => reduceTo(g, dy, a!.dims), () => neg(g, reduceTo(g, dy, b!.dims))],
  Mul: (g, { inputs: [a, b] }, [dy]) => [
    () => reduceTo(g, mul(g, dy, b!), a!.dims),
    () => reduceTo(g, mul(g, dy, a!), b!.dims),
  ],
  Div: (g, { inputs: [a, b], outputs: [y] }, [dy]) => [
    () => reduceTo(g, div(g, dy, b!), a!.dims),
    () => neg(g, reduceTo(g, mul(g, dy, div(g, y!, b!)), b!.dims)),
  ],
  Neg: (g, _, [dy]) => [() => neg(g, dy)],
  Abs: (g, { inputs: [x] }, [dy]) => [() => mul(g, dy, sign(g, x!))],
  Exp: (g, { outputs: [y] }, [dy]) => [() => mul(g, dy, y!)],
  Sqrt: (g, { outputs: [y] }, [dy]) => [() => div(g, dy, times(g, y!, 2))],
  Reciprocal: (g, { outputs: [y] }, [dy]) => [() => neg(g, mul(g, dy, mul(g, y!, y!)))],
  Sigmoid: (g, { outputs: [y] }, [dy]) => [() => mul(g, dy, sub(g, y!, mul(g, y!, y!)))],
  Tanh: (g, { outputs: [y] }, [dy]) => [() => sub(g, dy, mul(g, dy, mul(g, y!, y!)))],
  // y = x·s, s = sigmoid(αx), so y′ = s + α·y·(1 − s).
  QuickGelu: (g, { inputs: [x], outputs: [y], attributes }, [dy]) => [
    () => {
      const alpha = attributes.alpha as number;
      const s = sigmoid(g, alpha === 1 ? x! : times(g, x!, alpha));
      const scaled = alpha === 1 ? y! : times(g, y!, alpha);
      return mul(g, dy, add(g, s, sub(g, scaled, mul(g, scaled, s))));
    },
  ],
  // As in the reference, a value on the limit itself still passes its gradient.
  Clip: (g, { inputs: [x, minimum, maximum] }, [dy]) => [
    () => {
      const above = g.node1("GreaterOrEqual", { inputs: [x!, minimum] }, "bool", x!.dims);
      const below = g.node1("LessOrEqual", { inputs: [x!, maximum] }, "bool", x!.dims);
      const inside = g.node1("And", { inputs: [above, below] }, "bool", x!.dims);
      return where(g, inside, dy, g.scalar(0, dy.dtype as FloatDtype));
    },
  ],
  Where: (g, { inputs: [condition, a, b] }, [dy]) => {
    const zero = g.scalar(0, dy.dtype as FloatDtype);
    return [
      undefined,
      () => reduceTo(g, where(g, condition!, dy, zero), a!.dims),
      () => reduceTo(g, where(g, condition!, zero, dy), b!.dims),
    ];
  },
  Cast: (g, { inputs: [x] }, [dy]) => [() => cast(g, dy, x!.dtype as FloatDtype)],
};
