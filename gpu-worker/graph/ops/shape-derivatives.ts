import { productOf } from "../dims.ts";
import type { FloatDtype, Value } from "../value.ts";
import type { Derivatives } from "./derivative.ts";
import { reduceTo } from "./reduction.ts";
import { concat, expand, reshape, splitSizes, transpose, zeros } from "./shape.ts";

export const shapeDerivatives: Derivatives = {
  Reshape: (g, { inputs: [x] }, [dy]) => [() => reshape(g, dy, x!.dims)],
  Transpose: (g, { attributes }, [dy]) => [
    () => {
      const order = (attributes.perm as readonly bigint[]).map(Number);
      return transpose(
        g,
        dy,
        order.map((_, axis) => order.indexOf(axis)),
      );
    },
  ],
  Concat: (g, { inputs, attributes }, [dy]) => {
    const axis = Number(attributes.axis);
    const sizes = inputs.map((x) => x!.dims[axis]!);
    let pieces: Value[] | undefined;
    return inputs.map((_, index) => () => {
      pieces ??= splitSizes(g, dy, axis, sizes);
      return pieces[index]!;
    });
  },
  Split: (g, { inputs: [x], attributes }, dys) => [
    () => concat(g, dys, Number(attributes.axis), x!.dims[Number(attributes.axis)]!),
  ],
  // Entries that were picked several times collect several gradients. ScatterElements adds them in order; ScatterND
  // would race with itself on several threads.
  Gather: (g, { inputs: [x, indices], attributes }, [dy]) => [
    () => {
      const axis = Number(attributes.axis);
      const count = productOf(indices!.dims);
      const flat = reshape(g, dy, x!.dims.with(axis, count));
      const column = reshape(
        g,
        indices!,
        x!.dims.map((_, other) => (other === axis ? count : 1)),
      );
      const inputs = [zeros(g, x!.dims, dy.dtype as FloatDtype), expand(g, column, flat.dims), flat];
      return g.node1(
        "ScatterElements",
        { inputs, attributes: { axis: attributes.axis!, reduction: "add" } },
        x!.dtype,
        x!.dims,
      );
    },
  ],
  Expand: (g, { inputs: [x] }, [dy]) => [() => reduceTo(g, dy, x!.dims)],
};
