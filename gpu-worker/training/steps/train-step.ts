import { grad } from "../../graph/grad.ts";
import type { GraphBuilder } from "../../graph/graph-builder.ts";
import { add, clip, div, mul, plus, sqrt, sub } from "../../graph/ops/arithmetic.ts";
import { sumOfSquares } from "../../graph/ops/reduction.ts";
import type { Value } from "../../graph/value.ts";
import type { OnnxSession, OnnxTensor } from "../../runtime/onnx-session.ts";
import { type Tensor, tensor, zeros } from "../../tensor.ts";
import type { Optimizer } from "../optimizer/optimizer.ts";
import type { TrainState } from "../train-state.ts";

/** A tensor that lives from step to step, in the order and under the name of the graph's input. */
interface StateSlot {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its value before the first step: that of a parameter, or zeros. */
  readonly startsAs: { readonly parameter: string } | "zeros";
}

export interface TrainStepOptions {
  /** Called once per parameter; parameters with the same optimiser object share its scalars. */
  readonly optimizerOf: (parameter: { readonly name: string; readonly shape: readonly number[] }) => Optimizer;
  /** Scale all gradients down together when their global norm is larger. @default no limit */
  readonly clipNorm?: number;
  /** Keep an exponential moving average of every parameter, `NAME ema`. @default false */
  readonly ema?: boolean;
  /** Give the gradients (before clipping) as outputs `gradient NAME`. @default false */
  readonly gradients?: boolean;
}

/** A graph with a step in it, and what must be fed to it. */
export interface TrainStep {
  readonly slots: readonly StateSlot[];
}

/**
 * Append one whole training step to a graph that computes a loss: gradients of `g.parameters`, and `buildUpdate`.
 *
 * Outputs added: `loss` `[]`, of the parameters before the step, and those of `buildUpdate`.
 * @param loss - `[]`
 */
export function buildTrainStep(g: GraphBuilder, loss: Value, options: TrainStepOptions): TrainStep {
  const parameters = [...g.parameters];
  g.output("loss", loss);
  const gradients = grad(g, loss, parameters);
  return buildUpdate(
    g,
    parameters.map((parameter, index) => ({ parameter, gradient: gradients[index]! })),
    options,
  );
}

/** A parameter and its gradient, of the same fixed dims. */
export interface ParameterGradient {
  readonly parameter: Value;
  readonly gradient: Value;
}

/**
 * Append clipping, the optimisers, and the moving average. The gradients may come from the same graph or, where it is
 * run in parts, be inputs.
 *
 * Inputs added: `step`, `learning_rate` and, with `ema`, `ema_decay`, each `[]` float32; and the state of the
 * optimisers, `NAME moment1` and so on. Outputs added: `grad_norm` (before clipping) `[]`, and `next SLOT` for every
 * slot, the parameters among them.
 */
export function buildUpdate(
  g: GraphBuilder,
  parameters: readonly ParameterGradient[],
  options: TrainStepOptions,
): TrainStep {
  const { optimizerOf, clipNorm, ema = false } = options;
  const squares = parameters.map(({ gradient }) => sumOfSquares(g, gradient));
  const norm = sqrt(
    g,
    squares.reduce((sum, square) => add(g, sum, square)),
  );
  g.output("grad_norm", norm);
  // 1e-6 and the limit of 1 as in the reference, `torch.nn.utils.clip_grad_norm_`.
  const factor = clipNorm && clip(g, div(g, g.scalar(clipNorm), plus(g, norm, 1e-6)), 0, 1);

  const scalars = { step: g.input("step", "float32", []), learningRate: g.input("learning_rate", "float32", []) };
  const mixIn = ema ? sub(g, g.scalar(1), g.input("ema_decay", "float32", [])) : undefined;
  const prepared = new Map<Optimizer, ReturnType<Optimizer["prepare"]>>();
  const slots: StateSlot[] = [];
  const keep = (name: string, shape: readonly number[], startsAs: StateSlot["startsAs"], next: Value) => {
    slots.push({ name, shape, startsAs });
    g.output(`next ${name}`, next);
  };
  for (const { parameter, gradient } of parameters) {
    const { name } = parameter;
    const shape = parameter.dims as readonly number[];
    if (options.gradients) g.output(`gradient ${name}`, gradient);
    const optimizer = optimizerOf({ name, shape });
    g.scope(`update of ${name}`, () => {
      const update = prepared.get(optimizer) ?? optimizer.prepare(g, scalars);
      prepared.set(optimizer, update);
      const next = update({
        parameter,
        gradient: factor ? mul(g, gradient, factor) : gradient,
        state: optimizer.stateNames.map((state) => g.input(`${name} ${state}`, "float32", shape)),
      });
      keep(name, shape, { parameter: name }, next.parameter);
      optimizer.stateNames.forEach((state, place) => {
        keep(`${name} ${state}`, shape, "zeros", next.state[place]!);
      });
      if (mixIn) {
        const average = g.input(`${name} ema`, "float32", shape);
        const nextAverage = add(g, average, mul(g, sub(g, next.parameter, average), mixIn));
        keep(`${name} ema`, shape, { parameter: name }, nextAverage);
      }
    });
  }
  return { slots };
}

/**
 * The state before the first step.
 * @param initial - the value of a parameter, asked for once
 * @throws Error when a value has another shape
 */
export function initialState({ slots }: TrainStep, initial: (name: string) => Tensor): TrainState {
  const values = new Map<string, Tensor>();
  const parameterValue = (parameter: string, shape: readonly number[]) => {
    const value = values.get(parameter) ?? initial(parameter);
    if (`${value.shape}` !== `${shape}`)
      throw new Error(`parameter ${parameter}: expected shape [${shape}], got [${value.shape}]`);
    values.set(parameter, value);
    return value;
  };
  const tensors = slots.map(({ name, shape, startsAs }) => {
    if (startsAs !== "zeros") return [name, parameterValue(startsAs.parameter, shape)] as const;
    return [name, zeros(shape)] as const;
  });
  return { step: 0, tensors: new Map(tensors) };
}

export interface StepInputs {
  readonly learningRate: number;
  /** Needed by a step with a moving average. */
  readonly emaDecay?: number;
  /** The batch, by input name. */
  readonly feeds: Readonly<Record<string, OnnxTensor>>;
}

export interface UpdateResult {
  readonly state: TrainState;
  readonly gradNorm: number;
  readonly outputs: ReadonlyMap<string, OnnxTensor>;
}

export interface StepResult extends UpdateResult {
  /** Loss with the parameters before the step. */
  readonly loss: number;
}

/** Run a graph of `buildTrainStep`; the state given is left as it was. */
export async function runTrainStep(
  session: OnnxSession,
  step: TrainStep,
  state: TrainState,
  inputs: StepInputs,
): Promise<StepResult> {
  const result = await runUpdate(session, step, state, inputs);
  return { ...result, loss: floatsOf(result.outputs, "loss")[0]! };
}

/** Run a graph of `buildUpdate`, which gradients may be fed to; the state given is left as it was. */
export async function runUpdate(
  session: OnnxSession,
  { slots }: TrainStep,
  state: TrainState,
  { learningRate, emaDecay, feeds }: StepInputs,
): Promise<UpdateResult> {
  const step = state.step + 1;
  const stateFeeds = slots.map(({ name }) => [name, toOnnx(slotOf(state, name))] as const);
  const outputs = await session.run({
    ...feeds,
    ...Object.fromEntries(stateFeeds),
    step: scalarFeed(step),
    learning_rate: scalarFeed(learningRate),
    ...(emaDecay !== undefined && { ema_decay: scalarFeed(emaDecay) }),
  });
  const tensors = new Map(slots.map(({ name, shape }) => [name, tensor(floatsOf(outputs, `next ${name}`), shape)]));
  return { state: { step, tensors }, gradNorm: floatsOf(outputs, "grad_norm")[0]!, outputs };
}

function floatsOf(outputs: ReadonlyMap<string, OnnxTensor>, name: string): Float32Array {
  const output = outputs.get(name);
  if (output?.dtype !== "float32") throw new Error(`the training graph gave no float32 output ${name}`);
  return output.data;
}

function slotOf(state: TrainState, name: string): Tensor {
  const value = state.tensors.get(name);
  if (!value) throw new Error(`the training state has no ${name}; it belongs to another model or optimiser`);
  return value;
}

const toOnnx = ({ data, shape }: Tensor): OnnxTensor => ({ dtype: "float32", data, dims: shape });
const scalarFeed = (value: number): OnnxTensor => ({ dtype: "float32", data: Float32Array.of(value), dims: [] });
