import type { GraphBuilder } from "../../graph/graph-builder.ts";
import type { Value } from "../../graph/value.ts";

/** Values that change from step to step, each a `[]` float32 input of the graph. */
interface StepScalars {
  readonly learningRate: Value;
  /** Number of this step, counted from 1. */
  readonly step: Value;
}

interface ParameterUpdate {
  readonly parameter: Value;
  /** Dims of the parameter, as is each state. */
  readonly gradient: Value;
  readonly state: readonly Value[];
}

/** One optimiser as graph nodes. Its state lives outside the graph: it is fed in and comes back as outputs. */
export interface Optimizer {
  /** Its state per parameter, in the parameter's dims and zero before the first step. */
  readonly stateNames: readonly string[];
  /** Append what all parameters share. @returns the function that appends the update of one parameter */
  prepare(
    g: GraphBuilder,
    scalars: StepScalars,
  ): (update: ParameterUpdate) => { readonly parameter: Value; readonly state: readonly Value[] };
}
