import { cutGraph, type GraphPart, rebuildPart } from "../../graph/cut-graph.ts";
import { reachedFrom } from "../../graph/grad.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import type { GraphNode, Value } from "../../graph/value.ts";
import { LazySession, openSession } from "../../networks/open-session.ts";
import type { OnnxRuntime, OnnxTensor } from "../../runtime/onnx-session.ts";
import { buildSegmentBackward, buildSegmentForward } from "./segment.ts";
import { type PooledSession, SessionPool } from "./session-pool.ts";
import type { StepRunner } from "./step-runner.ts";
import { buildUpdate, initialState, runUpdate, type TrainStepOptions } from "./train-step.ts";
import { type InitialValue, type LossGraph, parameterShapes } from "./whole-step.ts";

/** A part of the cut graph and what its runs read and give, by names of the whole graph's values. */
interface Part {
  readonly inputs: readonly string[];
  readonly parameters: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Gradients that the backward run passes on to earlier parts and to the optimizer. Absent where no part up to here
   * has trainable weights.
   */
  readonly backward?: { readonly gradients: readonly string[]; readonly session: PooledSession };
  /** The last part gives the loss in its backward run. */
  readonly forward?: PooledSession;
  readonly givesLoss: boolean;
}

/**
 * A step block by block: each transformer block is one run forwards and, from the last to the first, one run that
 * computes the block again and passes the gradient back. What is kept of a block in between is its input alone. The
 * numbers are those of `wholeStep`, up to rounding.
 * @param buildLoss - gives a graph of its own at each call
 * @param weightBytes - how much the weights of all open blocks may take together; a block beyond it is opened
 * each time it is run
 */
export function blockwiseStep(
  buildLoss: (masked: boolean) => LossGraph,
  initial: InitialValue,
  runtime: OnnxRuntime,
  { weightBytes, ...options }: TrainStepOptions & { readonly weightBytes: number },
): StepRunner {
  const plain = buildLoss(false);
  const pool = new SessionPool(weightBytes);
  const known = new Map<boolean, readonly Part[]>([[false, cutLoss(plain, runtime)]]);
  const partsOf = (masked: boolean) => {
    const parts = known.get(masked) ?? cutLoss(buildLoss(masked), runtime);
    known.set(masked, parts);
    return parts;
  };

  const g = new GraphBuilder();
  const parameters = plain.g.parameters.map(({ name, dims }) => ({
    parameter: g.input(name, "float32", dims),
    gradient: g.input(`gradient ${name}`, "float32", dims),
  }));
  const layout = buildUpdate(g, parameters, options);
  const update = new LazySession(() => openSession(runtime, g, "update"));
  const shapes = parameterShapes(plain.g);

  return {
    initialState: () => initialState(layout, (name) => initial(name, shapes.get(name)!)),
    async run(state, { masked, feeds, ...scalars }) {
      const weights = [...state.tensors].map(
        ([name, { data, shape }]) => [name, { dtype: "float32", data, dims: shape }] as const,
      );
      const { loss, gradients } = await lossAndGradients(partsOf(masked), pool, feeds, new Map(weights));
      const gradientFeeds = Object.fromEntries(
        parameters.map(({ parameter: { name } }) => [`gradient ${name}`, gradients.get(name)!]),
      );
      return { ...(await runUpdate(await update.get(), layout, state, { ...scalars, feeds: gradientFeeds })), loss };
    },
    async release() {
      await pool.release();
      await update.release();
    },
  };
}

type Tensors = ReadonlyMap<string, OnnxTensor>;

/** One pass over all parts and back. @returns the gradients of the weights, by name */
async function lossAndGradients(
  parts: readonly Part[],
  pool: SessionPool,
  feeds: Readonly<Record<string, OnnxTensor>>,
  weights: Tensors,
): Promise<{ loss: number; gradients: Tensors }> {
  const kept = new Map(Object.entries(feeds));
  const feedsOf = ({ inputs, parameters }: Part) =>
    Object.fromEntries([
      ...inputs.map((name) => [`from ${name}`, kept.get(name)!] as const),
      ...parameters.map((name) => [name, weights.get(name)!] as const),
    ]);
  for (const part of parts) {
    if (!part.forward) continue;
    const outputs = await (await pool.get(part.forward)).run(feedsOf(part));
    for (const name of part.outputs) kept.set(name, outputs.get(`to ${name}`)!);
  }

  const one: OnnxTensor = { dtype: "float32", data: Float32Array.of(1), dims: [] };
  const gradients = new Map<string, OnnxTensor>(parts.at(-1)!.outputs.map((loss) => [loss, one]));
  let loss = Number.NaN;
  for (const part of parts.toReversed()) {
    if (!part.backward) continue;
    const known = part.outputs.flatMap((name) => {
      const gradient = gradients.get(name);
      gradients.delete(name);
      return gradient ? [[`gradient to ${name}`, gradient] as const] : [];
    });
    const session = await pool.get(part.backward.session);
    const outputs = await session.run({ ...feedsOf(part), ...Object.fromEntries(known) });
    if (part.givesLoss) loss = Number(outputs.get("loss")!.data[0]);
    for (const name of part.backward.gradients) {
      const gradient = outputs.get(part.parameters.includes(name) ? `gradient ${name}` : `gradient from ${name}`)!;
      const others = gradients.get(name);
      gradients.set(name, others ? sum(others, gradient) : gradient);
    }
    for (const name of part.outputs) kept.delete(name);
  }
  return { loss, gradients };
}

function sum(a: OnnxTensor, b: OnnxTensor): OnnxTensor {
  const [x, y] = [a.data as Float32Array, b.data as Float32Array];
  return { dtype: "float32", data: x.map((value, i) => value + y[i]!), dims: a.dims };
}

/**
 * Transformer blocks and layers of the text encoder, by the scopes that their nodes were recorded in; what lies between
 * two of them is one part too.
 */
function blockOf({ name }: GraphNode): string {
  return /^((noise_refiner|context_refiner|layers|model\.layers)\.\d+)\b/.exec(name)?.[1] ?? "between blocks";
}

function cutLoss({ g, loss }: LossGraph, runtime: OnnxRuntime): readonly Part[] {
  const parts = cutGraph(g, [loss], blockOf);
  const learned = reachedFrom(g.parameters, g.nodes);
  /** Values that a gradient arrives at, found from the end. */
  const arrived = new Set<Value>([loss]);
  return parts
    .toReversed()
    .map((part) => {
      const ends = part.outputs.filter((output) => arrived.has(output));
      const leadsOn = (value: Value) => {
        const reached = reachedFrom([value], part.nodes);
        return ends.some((end) => reached.has(end));
      };
      const inputs = part.inputs.filter((input) => learned.has(input) && leadsOn(input));
      const parameters = part.parameters.filter(leadsOn);
      for (const input of inputs) arrived.add(input);
      return describePart(part, { ends, inputs, parameters, loss }, runtime);
    })
    .toReversed();
}

function describePart(
  part: GraphPart,
  { ends, inputs, parameters, loss }: { ends: Value[]; inputs: Value[]; parameters: Value[]; loss: Value },
  runtime: OnnxRuntime,
): Part {
  const givesLoss = ends.includes(loss);
  const bytes = part.initializers.reduce((sum, { value }) => sum + floatBytes(value), 0);
  const names = (values: readonly Value[]) => values.map(({ name }) => name);
  const outputsOf = (values: readonly Value[], value: (of: Value) => Value) =>
    Object.fromEntries(values.map((output) => [`to ${output.name}`, value(output)]));
  const open = (graph: () => GraphBuilder): PooledSession => ({
    bytes,
    // Sessions of many blocks are open together: what one has computed with is given back for the next.
    open: () => openSession(runtime, graph(), part.name, { keepsArena: false }),
  });
  const forward = open(() => {
    const { g, value } = rebuildPart(part);
    buildSegmentForward(g, { inputs: [], outputs: outputsOf(part.outputs, value) });
    return g;
  });
  const backward = open(() => {
    const { g, value } = rebuildPart(part);
    if (givesLoss) g.output("loss", value(loss));
    buildSegmentBackward(g, { inputs: inputs.map(value), outputs: outputsOf(ends, value) }, parameters.map(value));
    return g;
  });
  const gradients = names([...inputs, ...parameters]);
  return {
    inputs: names(part.inputs),
    parameters: names(part.parameters),
    outputs: names(part.outputs),
    givesLoss,
    forward: !givesLoss ? forward : undefined,
    backward: gradients.length > 0 ? { gradients, session: backward } : undefined,
  };
}

/** Bytes of a weight in float32, the type of the computation. */
const floatBytes = ({ dims }: Value) => dims.reduce<number>((product, size) => product * (size as number), 4);
