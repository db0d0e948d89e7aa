import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";

export interface DistillDemand {
  readonly transformer: Pick<TransformerConfig, "dim" | "heads" | "feedForwardHidden" | "layers" | "refinerLayers">;
  /** Values of the transformer. */
  readonly values: number;
  /** Values that each of the two networks trains; all of the transformer's where the whole network is trained. */
  readonly studentValues: number;
  readonly fakeValues: number;
  /** Student and fake are of one form and share their sessions. */
  readonly sharedSessions: boolean;
  readonly batchSize: number;
  /** Tokens of an item: those of its image and its caption. */
  readonly tokens: number;
  /** Whether blocks are computed again in the backward pass, holding at most `weightsMiB` of their weights. */
  readonly recompute: "none" | "blocks";
  readonly weightsMiB: number;
}

/** Bytes. */
export interface DistillMemory {
  /** Weights that do not learn, in the sessions of the forward runs: teacher, student and fake in turn. */
  readonly forwardWeights: number;
  /** The same in the sessions of the steps. */
  readonly stepWeights: number;
  /** What learns: values, two moments and an average of student and fake, and the gradients of the larger. */
  readonly trained: number;
  readonly activations: number;
  readonly total: number;
}

const valueBytes = 4;
/** A value that learns, AdamW's two moments and the moving average. */
const copiesOfTrained = 4;
/**
 * Values that a block keeps per token between its forward and its backward pass, outside attention matrices: counted in
 * its graph, fifteen of the network's width and eight of the feed-forward's.
 */
const keptPerToken = { dim: 15, feedForward: 8 };
/** Matrices of scores, of attention and of their gradients that exist at once. */
const attentionMatrices = 4;

/**
 * What a distillation holds at its highest, from the sizes of tensors; the runtime's own buffers are not in it.
 * @param bytesPerFrozen - bytes of a weight that does not learn
 */
export function distillMemory(demand: DistillDemand, bytesPerFrozen = valueBytes): DistillMemory {
  const { transformer, values, studentValues, fakeValues, sharedSessions, batchSize, tokens } = demand;
  const { dim, heads, feedForwardHidden, layers, refinerLayers } = transformer;
  const isWhole = (trained: number) => trained >= values;
  const parts = sharedSessions ? [studentValues] : [studentValues, fakeValues];
  // Whole networks are fed to every run; the teacher is then one more list of values.
  const frozen = parts.filter((trained) => !isWhole(trained)).length * bytesPerFrozen * values;
  const blocks = layers + 2 * refinerLayers;
  const items = batchSize * tokens * valueBytes;
  const inBlock =
    items * (keptPerToken.dim * dim + keptPerToken.feedForward * feedForwardHidden) +
    attentionMatrices * heads * items * tokens;
  const again = demand.recompute === "blocks";
  const teacher = isWhole(studentValues) ? valueBytes * values : 0;
  const forwardWeights = frozen + teacher;
  const stepWeights = again ? Math.min(frozen, demand.weightsMiB * 2 ** 20) : frozen;
  const trained = valueBytes * (copiesOfTrained * (studentValues + fakeValues) + Math.max(studentValues, fakeValues));
  const activations = again ? blocks * items * dim + inBlock : blocks * inBlock;
  return {
    forwardWeights,
    stepWeights,
    trained,
    activations,
    total: forwardWeights + stepWeights + trained + activations,
  };
}

/** One line for the log. */
export function describeDistillMemory(demand: DistillDemand): string {
  const { forwardWeights, stepWeights, trained, activations, total } = distillMemory(demand);
  const halved = distillMemory(demand, valueBytes / 2).total;
  const half = halved < total ? `; a copy of the frozen weights in bfloat16 would make it ${gb(halved)}` : "";
  return (
    `memory: about ${gb(total)} in float32: ${gb(forwardWeights)} of weights for forward runs and ` +
    `${gb(stepWeights)} for steps, ${gb(trained)} that learn, ${gb(activations)} of activations${half}`
  );
}

const gb = (bytes: number) => `${bytes < 1e8 ? (bytes / 1e9).toFixed(2) : (bytes / 1e9).toFixed(1)} GB`;
