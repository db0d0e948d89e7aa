import { broadcast, type Dim, divide, productOf, sameDims, show } from "../dims.ts";
import type { GraphBuilder } from "../graph-builder.ts";
import type { FloatDtype, Value } from "../value.ts";

/**
 * View the elements of `x` under other dims. Symbolic axes that stay in place are copied (0), one other is inferred
 * (−1), and the rest are read at run time from a value that has them.
 * @throws Error when the element counts differ; the message shows both shapes
 */
export function reshape(g: GraphBuilder, x: Value, dims: readonly Dim[]): Value {
  if (productOf(x.dims) !== productOf(dims))
    throw new Error(`Reshape in ${g.scopeName}: ${show(x.dims)} does not hold as many elements as ${show(dims)}`);
  if (sameDims(x.dims, dims)) return x;
  const inferred = dims.findLastIndex((dim, axis) => typeof dim === "string" && dim !== x.dims[axis]);
  const target = dims.map((dim, axis) => {
    if (typeof dim === "number") return dim;
    if (axis === inferred) return -1;
    return dim === x.dims[axis] ? 0 : dim;
  });
  return g.node1("Reshape", { inputs: [x, g.sizes(target)] }, x.dtype, dims);
}

export function transpose(g: GraphBuilder, x: Value, order: readonly number[]): Value {
  if (order.toSorted().some((axis, index) => axis !== index) || order.length !== x.dims.length) {
    throw new Error(`Transpose in ${g.scopeName}: [${order}] is no order of the axes of ${show(x.dims)}`);
  }
  return g.node1(
    "Transpose",
    { inputs: [x], attributes: { perm: order.map(BigInt) } },
    x.dtype,
    order.map((axis) => x.dims[axis]!),
  );
}

/** Join along `axis`. @param size - what the joined axis is called */
export function concat(g: GraphBuilder, values: readonly Value[], axis: number, size: Dim): Value {
  const [first, ...others] = values;
  if (!first) throw new Error("Concat needs a value");
  for (const other of others) {
    const fits = other.dtype === first.dtype && sameDims(other.dims.toSpliced(axis, 1), first.dims.toSpliced(axis, 1));
    if (!fits)
      throw new Error(
        `Concat in ${g.scopeName}: ${show(first.dims)} and ${show(other.dims)} differ beside axis ${axis}`,
      );
  }
  return g.node1(
    "Concat",
    { inputs: values, attributes: { axis: BigInt(axis) } },
    first.dtype,
    first.dims.with(axis, size),
  );
}

/** Cut `axis` into `parts` equal pieces. */
export function split(g: GraphBuilder, x: Value, axis: number, parts: number): Value[] {
  const dims = x.dims.with(axis, divide(x.dims.at(axis)!, parts));
  const attributes = { axis: BigInt(axis), num_outputs: BigInt(parts) };
  return g.node(
    "Split",
    { inputs: [x], attributes },
    Array.from({ length: parts }, () => ({ dtype: x.dtype, dims })),
  );
}

/**
 * Cut `axis` into pieces of the given sizes, the reverse of `concat`. Together they must be as long as the axis; with
 * symbolic sizes only the run can tell.
 */
export function splitSizes(g: GraphBuilder, x: Value, axis: number, sizes: readonly Dim[]): Value[] {
  return g.node(
    "Split",
    { inputs: [x, g.sizes(sizes)], attributes: { axis: BigInt(axis) } },
    sizes.map((size) => ({ dtype: x.dtype, dims: x.dims.with(axis, size) })),
  );
}

/** Pick entries of `axis` by constant index. */
export function gather(g: GraphBuilder, x: Value, axis: number, indices: readonly number[]): Value {
  return take(g, x, axis, g.integers(indices));
}

/** Rows of a table. @param table - `[V, D]` @param rows - `[...]` int64 in 0..V−1 @returns `[..., D]` */
export function embedding(g: GraphBuilder, table: Value, rows: Value): Value {
  return take(g, table, 0, rows);
}

function take(g: GraphBuilder, x: Value, axis: number, indices: Value): Value {
  return g.node1(
    "Gather",
    { inputs: [x, indices], attributes: { axis: BigInt(axis) } },
    x.dtype,
    x.dims.toSpliced(axis, 1, ...indices.dims),
  );
}

/** Repeat axes of size 1, and add axes in front, up to `dims`. */
export function expand(g: GraphBuilder, x: Value, dims: readonly Dim[]): Value {
  if (sameDims(x.dims, dims)) return x;
  const stretched = broadcast(x.dims, dims);
  if (!stretched || !sameDims(stretched, dims))
    throw new Error(`Expand in ${g.scopeName}: ${show(x.dims)} cannot be repeated to ${show(dims)}`);
  return g.node1("Expand", { inputs: [x, g.sizes(dims)] }, x.dtype, dims);
}

export function zeros(g: GraphBuilder, dims: readonly Dim[], dtype: FloatDtype): Value {
  return expand(g, g.scalar(0, dtype), dims);
}
