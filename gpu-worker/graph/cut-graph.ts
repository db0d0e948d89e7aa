import { isFloat } from "./grad.ts";
import { GraphBuilder } from "./graph-builder.ts";
import type { GraphNode, Initializer, Value } from "./value.ts";

/** A run of consecutive nodes of a larger graph. All values are that graph's own. */
export interface GraphPart {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
  /** Inputs of the graph, and floats that earlier parts give. */
  readonly inputs: readonly Value[];
  /** The inputs of the graph that are weights. */
  readonly parameters: readonly Value[];
  /** Floats that later parts read, and outputs of the whole. */
  readonly outputs: readonly Value[];
}

/**
 * Cut a recorded graph into parts that can be run one after another. Between parts only floats pass; what a part needs
 * of sizes, indices and masks it works out again.
 * @param outputs - what the whole is computed for
 * @param partOf - equal for neighbours that belong together, and the name of their part
 */
export function cutGraph(
  g: GraphBuilder,
  outputs: readonly Value[],
  partOf: (node: GraphNode) => string,
): readonly GraphPart[] {
  const groups: { name: string; nodes: GraphNode[] }[] = [];
  for (const node of g.nodes) {
    const name = partOf(node);
    const last = groups.at(-1);
    if (last?.name === name) last.nodes.push(node);
    else groups.push({ name, nodes: [node] });
  }
  const producerOf = new Map(g.nodes.flatMap((node) => node.outputs.map((value) => [value, node] as const)));
  const initializerOf = new Map(g.initializers.map((initializer) => [initializer.value, initializer]));
  const weights = new Set(g.parameters);
  const read = new Set(outputs);

  const parts = groups.map(({ name, nodes: own }) => {
    const included = new Set<GraphNode>(own);
    const again: GraphNode[] = [];
    const initializers = new Set<Initializer>();
    const inputs = new Set<Value>();
    const parameters = new Set<Value>();
    const resolve = (value: Value | undefined): void => {
      if (!value) return;
      const initializer = initializerOf.get(value);
      const producer = producerOf.get(value);
      if (initializer) initializers.add(initializer);
      else if (weights.has(value)) parameters.add(value);
      else if (!producer) inputs.add(value);
      else if (included.has(producer)) return;
      else if (isFloat(value.dtype)) {
        inputs.add(value);
        read.add(value);
      } else {
        included.add(producer);
        producer.inputs.forEach(resolve);
        again.push(producer);
      }
    };
    for (const node of own) node.inputs.forEach(resolve);
    return {
      name,
      nodes: [...again, ...own],
      own,
      initializers: [...initializers],
      inputs: [...inputs],
      parameters: [...parameters],
    };
  });
  return parts.map(({ own, ...part }) => ({
    ...part,
    outputs: own.flatMap((node) => node.outputs.filter((value) => read.has(value))),
  }));
}

/**
 * A part as a graph of its own.
 * @returns the graph, without outputs yet, and what became of each of the part's values; its inputs are called `from
 * NAME`, so that they meet no name of its nodes
 */
export function rebuildPart(part: GraphPart): { readonly g: GraphBuilder; readonly value: (of: Value) => Value } {
  const g = new GraphBuilder();
  const values = new Map<Value, Value>();
  const rebuilt = (of: Value): Value => {
    const value = values.get(of);
    if (!value) throw new Error(`${part.name} has no value ${of.name}`);
    return value;
  };
  for (const { value, data } of part.initializers) {
    // Nodes that are added later may bring a constant of the same name.
    const renamed = { ...value, name: `part of ${value.name}` };
    g.initializers.push({ value: renamed, data });
    values.set(value, renamed);
  }
  for (const input of part.inputs) values.set(input, g.input(`from ${input.name}`, input.dtype, input.dims));
  for (const parameter of part.parameters) {
    const value = g.input(parameter.name, parameter.dtype, parameter.dims);
    g.parameters.push(value);
    values.set(parameter, value);
  }
  for (const { name, op, domain, inputs, outputs, attributes } of part.nodes) {
    const scope = name.slice(0, name.lastIndexOf("/"));
    const again = g.scope(scope, () => {
      const spec = { domain, inputs: inputs.map((input) => input && rebuilt(input)), attributes };
      return g.node(op, spec, outputs);
    });
    outputs.forEach((output, index) => {
      values.set(output, again[index]!);
    });
  }
  return { g, value: rebuilt };
}
