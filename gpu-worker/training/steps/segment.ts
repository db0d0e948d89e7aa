import { backpropagate } from "../../graph/grad.ts";
import type { GraphBuilder } from "../../graph/graph-builder.ts";
import type { Value } from "../../graph/value.ts";

/**
 * A part of a network that is trained in runs of its own, so that only what lies between the parts is kept from the
 * forward to the backward pass: one run forward per part, then, from the last part to the first, one run that computes
 * the part again and passes the gradient back. One part's weights and activations are in memory at a time.
 *
 * `buildSegmentForward` and `buildSegmentBackward` take the same part from two graph builders.
 */
export interface Segment {
  /** float32 inputs that came from earlier parts. Inputs that are not listed get no gradient. */
  readonly inputs: readonly Value[];
  /** Values that later parts read, by name. */
  readonly outputs: Readonly<Record<string, Value>>;
}

/** Make the part's outputs the graph's. */
export function buildSegmentForward(g: GraphBuilder, { outputs }: Segment): void {
  for (const [name, value] of Object.entries(outputs)) g.output(name, value);
}

/**
 * The part once more, and its gradients. Adds an input `gradient NAME` for each of the part's outputs; the outputs are
 * `gradient NAME` for each of its inputs and of `parameters`.
 * @param parameters - to leave out some of the graph's: frozen weights may be fed too, so that one session serves all
 * layers of one shape
 */
export function buildSegmentBackward(
  g: GraphBuilder,
  { inputs, outputs }: Segment,
  parameters: readonly Value[] = g.parameters,
): void {
  const known = Object.entries(outputs).map(([name, value]) => ({
    value,
    gradient: g.input(`gradient ${name}`, "float32", value.dims),
  }));
  const values = [...inputs, ...parameters];
  backpropagate(g, known, values).forEach((gradient, index) => {
    g.output(`gradient ${values[index]!.name}`, gradient);
  });
}
