import { sameDims, show } from "./dims.ts";
import type { GraphBuilder } from "./graph-builder.ts";
import { add } from "./ops/arithmetic.ts";
import { arithmeticDerivatives } from "./ops/arithmetic-derivatives.ts";
import { attentionDerivatives } from "./ops/attention.ts";
import { convolutionDerivatives } from "./ops/convolution.ts";
import type { Derivative } from "./ops/derivative.ts";
import { linearDerivatives } from "./ops/linear.ts";
import { normalizationDerivatives } from "./ops/normalization.ts";
import { reductionDerivatives } from "./ops/reduction.ts";
import { zeros } from "./ops/shape.ts";
import { shapeDerivatives } from "./ops/shape-derivatives.ts";
import type { Dtype, FloatDtype, GraphNode, Value } from "./value.ts";

/** Every operator that gradients can pass. */
export const derivatives: ReadonlyMap<string, Derivative> = new Map(
  Object.entries({
    ...arithmeticDerivatives,
    ...attentionDerivatives,
    ...convolutionDerivatives,
    ...linearDerivatives,
    ...normalizationDerivatives,
    ...reductionDerivatives,
    ...shapeDerivatives,
  }),
);

/** A value and the gradient of the loss with respect to it, of the same dims. */
export interface OutputGradient {
  readonly value: Value;
  readonly gradient: Value;
}

/**
 * Append the nodes that compute the gradient of `loss` with respect to each of `values`: reverse-mode differentiation
 * of the graph as it stands, in standard operators.
 * @param loss - `[]`
 * @param values - parameters, or any other values that the loss depends on
 * @returns one gradient per entry of `values`, of its dims
 * @throws Error naming an operator without a rule and its place, or a value that the loss does not depend on
 */
export function grad(g: GraphBuilder, loss: Value, values: readonly Value[]): Value[] {
  if (loss.dims.length > 0) throw new Error(`the loss must be a scalar, got ${show(loss.dims)}`);
  return backpropagate(g, [{ value: loss, gradient: g.scalar(1, loss.dtype as FloatDtype) }], values);
}

/** The same from gradients that are already known, such as those that a later part of a network gave. */
export function backpropagate(g: GraphBuilder, outputs: readonly OutputGradient[], values: readonly Value[]): Value[] {
  const gradients = new Map<Value, Value>();
  const collect = (value: Value, gradient: Value) => {
    if (!sameDims(value.dims, gradient.dims)) {
      throw new Error(`${g.scopeName}: ${value.name} is ${show(value.dims)}, its gradient ${show(gradient.dims)}`);
    }
    const others = gradients.get(value);
    gradients.set(value, others ? add(g, others, gradient) : gradient);
  };
  for (const { value, gradient } of outputs) collect(value, gradient);

  const reached = reachedFrom(values, g.nodes);
  for (const node of g.nodes.toReversed()) {
    const wanted = node.inputs.map((input) => input !== undefined && reached.has(input));
    if (!wanted.includes(true) || !node.outputs.some((output) => gradients.has(output))) continue;
    g.scope(`gradient of ${node.name}`, () => {
      const dys = node.outputs.map((y) => gradients.get(y) ?? zeros(g, y.dims, y.dtype as FloatDtype));
      const parts = ruleOf(node)(g, node, dys as [Value, ...Value[]]);
      node.inputs.forEach((input, index) => {
        if (!wanted[index]) return;
        const part = parts[index];
        if (!part) throw new Error(`${node.name}: ${node.op} passes no gradient to its input ${input!.name}`);
        collect(input!, part());
      });
    });
  }
  return values.map((value) => {
    const gradient = gradients.get(value);
    if (!gradient) throw new Error(`the loss does not depend on ${value.name} ${show(value.dims)}`);
    return gradient;
  });
}

function ruleOf({ op, name }: GraphNode): Derivative {
  const rule = derivatives.get(op);
  if (!rule) {
    throw new Error(`${name}: the operator ${op} has no derivative rule; known: ${[...derivatives.keys()].join(", ")}`);
  }
  return rule;
}

/** Everything that depends on `values`, as far as gradients go: through floats. */
export function reachedFrom(values: readonly Value[], nodes: readonly GraphNode[]): Set<Value> {
  const reached = new Set(values);
  for (const { inputs, outputs } of nodes) {
    if (!inputs.some((input) => input && reached.has(input))) continue;
    for (const output of outputs) if (isFloat(output.dtype)) reached.add(output);
  }
  return reached;
}

export const isFloat = (dtype: Dtype) => dtype === "float32" || dtype === "float16" || dtype === "bfloat16";
