import type { GraphBuilder } from "../graph-builder.ts";
import type { GraphNode, Value } from "../value.ts";

/**
 * How a gradient passes one operator: from the gradients with respect to its outputs (all given, of the outputs' dims)
 * to those with respect to its inputs, of the inputs' dims. An input that has none, such as indices, is left out. Each
 * entry adds its nodes only when called: a gradient that nobody asked for costs nothing.
 */
export type Derivative = (
  g: GraphBuilder,
  node: GraphNode,
  outputGradients: readonly [Value, ...Value[]],
) => readonly ((() => Value) | undefined)[];

/** Derivative rules by operator. */
export type Derivatives = Readonly<Record<string, Derivative>>;
