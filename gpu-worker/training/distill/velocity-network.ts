import type { GraphBuilder } from "../../graph/graph-builder.ts";
import { splitSizes } from "../../graph/ops/shape.ts";
import type { Value } from "../../graph/value.ts";
import { LazySession, openSession } from "../../networks/open-session.ts";
import type { OnnxRuntime, OnnxTensor } from "../../runtime/onnx-session.ts";
import type { Tensor } from "../../tensor.ts";
import { flowMatchFeeds } from "../flow/flow-match-loss.ts";
import type { NoisyItem, TransformerBatch } from "../flow/transformer-batch.ts";
import type { StepRunner } from "../steps/step-runner.ts";
import type { StepResult } from "../steps/train-step.ts";
import type { TrainState } from "../train-state.ts";

/** Weights by their names in the graph. */
export type Weights = ReadonlyMap<string, Tensor>;

/** A network over the weights that it is given: several networks of one form share its sessions. */
export interface VelocityNetwork {
  /** Before any training. */
  readonly initial: Weights;
  initialState(): TrainState;
  /** @returns u of each item, patches without filling */
  forward(weights: Weights, items: readonly NoisyItem[], latentShape: readonly number[]): Promise<Float32Array[]>;
  /** One optimiser step of flow matching, towards a target velocity per item. */
  step(state: TrainState, batch: VelocityStep): Promise<StepResult>;
  release(): Promise<void>;
}

interface VelocityStep {
  readonly items: readonly NoisyItem[];
  readonly targets: readonly Float32Array[];
  readonly latentShape: readonly number[];
  readonly learningRate: number;
  readonly emaDecay: number;
}

export interface VelocityNetworkParts {
  /** Gives the graph's inputs for items. */
  readonly batchOf: (items: readonly NoisyItem[], latentShape: readonly number[]) => Promise<TransformerBatch>;
  /** The network in a graph of its own at each call. */
  readonly build: (masked: boolean) => { readonly g: GraphBuilder; readonly tokens: Value };
  readonly runner: StepRunner;
}

/** The forward pass without gradients beside the steps of `runner`. */
export function velocityNetwork(
  { batchOf, build, runner }: VelocityNetworkParts,
  runtime: OnnxRuntime,
): VelocityNetwork {
  const { g: plain } = build(false);
  const parameters = plain.parameters.map(({ name }) => name);
  const open = (masked: boolean) => () => {
    const { g, tokens } = build(masked);
    const [velocity] = splitSizes(g, tokens, 1, ["X", "C"]) as [Value, Value];
    g.output("velocity", velocity); // [B, X, patchDim]
    return openSession(runtime, g, masked ? "masked_forward" : "forward");
  };
  const sessions = { plain: new LazySession(open(false)), masked: new LazySession(open(true)) };
  const start = runner.initialState();
  return {
    initial: new Map(parameters.map((name) => [name, start.tensors.get(name)!])),
    initialState: () => start,
    async forward(weights, items, latentShape) {
      const batch = await batchOf(items, latentShape);
      const session = await sessions[batch.masked ? "masked" : "plain"].get();
      const outputs = await session.run({ ...batch.feeds, ...weightFeeds(parameters, weights) });
      return velocities(outputs.get("velocity"), items);
    },
    async step(state, { items, targets, latentShape, ...scalars }) {
      const batch = await batchOf(items, latentShape);
      const feeds = { ...batch.feeds, ...flowMatchFeeds(batch.items, targets) };
      return runner.run(state, { ...scalars, masked: batch.masked, feeds });
    },
    async release() {
      await sessions.plain.release();
      await sessions.masked.release();
      await runner.release();
    },
  };
}

function weightFeeds(names: readonly string[], weights: Weights): Record<string, OnnxTensor> {
  return Object.fromEntries(
    names.map((name) => {
      const weight = weights.get(name);
      if (!weight) throw new Error(`no weights called ${name} for the forward run`);
      return [name, { dtype: "float32", data: weight.data, dims: weight.shape }] as const;
    }),
  );
}

function velocities(output: OnnxTensor | undefined, items: readonly NoisyItem[]): Float32Array[] {
  if (output?.dtype !== "float32") throw new Error("the forward graph gave no float32 output velocity");
  const perItem = output.data.length / items.length;
  return items.map(({ patches }, index) => output.data.slice(index * perItem, index * perItem + patches.length));
}
