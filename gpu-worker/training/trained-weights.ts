import type { FedWeight, LinearCorrections, WeightSource } from "../graph/weight-source.ts";

export interface TrainedWeightsOptions {
  /** Which weights to train, by full name; the others come from `frozen`. @default all */
  readonly trains?: (name: string) => boolean;
  readonly frozen?: WeightSource;
  /** Add trained low-rank branches to linear layers of `frozen`. */
  readonly lowRank?: LowRankOptions;
}

interface LowRankOptions {
  /** Which linear layers, by the weight's name without `.weight`. */
  readonly targets: (target: string) => boolean;
  readonly rank: number;
  /** The branch is scaled by `alpha / rank`. */
  readonly alpha: number;
}

/**
 * Weights for a training graph: those to train become inputs of the graph (its `parameters`), in whatever shape the
 * graph asks for; their values live outside. The blocks do not know the difference.
 */
export function trainedWeights({ trains, frozen, lowRank }: TrainedWeightsOptions = {}): WeightSource {
  const isTrained = trains ?? (() => lowRank === undefined);
  return {
    description: frozen?.description ?? "training weights",
    weight(name, dims) {
      return isTrained(name) ? fed(dims) : frozen?.weight(name, dims);
    },
    corrections(target): LinearCorrections {
      const existing = frozen?.corrections?.(target) ?? { lowRank: [] };
      const shape = lowRank?.targets(target) ? frozen?.weight(`${target}.weight`, [])?.shape : undefined;
      if (!lowRank || !shape) return existing;
      const [out = 0, features = 0] = shape;
      const { rank, alpha } = lowRank;
      const branch = { name: target, down: fed([rank, features]), up: fed([out, rank]), scale: alpha / rank };
      return { ...existing, lowRank: [...existing.lowRank, branch] };
    },
  };
}

const fed = (shape: readonly number[]): FedWeight => ({ dtype: "float32", shape, data: "fed" });
