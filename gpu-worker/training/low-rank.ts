import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { InvalidFileError } from "../../shared/errors.ts";
import { type Tensor, tensor } from "../tensor.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { readTensor } from "../weights/tensor-values.ts";
import { checkpointWeights } from "../weights/weight-source.ts";
import type { ExistingModel } from "./existing-model.ts";
import { flowOptimizers } from "./flow/flow-recipe.ts";
import type { TrainedPart } from "./flow/flow-task.ts";
import { constant, initialWeight, perInput } from "./initial-weights.ts";
import { adamW } from "./optimizer/adamw.ts";
import type { TrainState } from "./train-state.ts";
import { trainedWeights } from "./trained-weights.ts";
import { averagedWeights, encodeHalf, isTextEncoderWeight } from "./write-component.ts";

/** All weights of a model, or those whose names `trains` accepts. */
export function wholeWeights({ path, all }: ExistingModel, trains: (name: string) => boolean): TrainedPart {
  return {
    weights: trainedWeights({ trains, frozen: checkpointWeights(all) }),
    initial(name) {
      const stored = all.tensors.get(name);
      if (!stored) throw new Error(`${path} has no tensor ${name}`);
      return tensor(Float32Array.from(readTensor(stored)), stored.shape);
    },
    optimizerOf: flowOptimizers(),
  };
}

export interface LowRankForm {
  readonly rank: number;
  /** The correction is scaled by `alpha / rank`. */
  readonly alpha: number;
  /** Endings of the names of the transformer's linear layers. */
  readonly targets: readonly string[];
}

/**
 * Low-rank corrections of a model's transformer, which start at zero: the first step is taken from the model as it is.
 * @param field - of the configuration, for messages
 * @throws InvalidFileError for a target that the transformer does not have
 */
export function lowRankWeights(
  model: ExistingModel,
  { rank, alpha, targets }: LowRankForm,
  { seed, field }: { readonly seed: number; readonly field: string },
): TrainedPart {
  const endsIn = (target: string, ending: string) => `.${target}`.endsWith(`.${ending}`);
  const isTarget = (target: string) => targets.some((ending) => endsIn(target, ending));
  const layers = linearLayers(model.checkpoints.transformer);
  for (const ending of targets) {
    if (!layers.some((layer) => endsIn(layer, ending))) {
      throw new InvalidFileError(
        `${field}: no linear layer of ${model.path} ends in ${ending}; expected endings such as attention.to_q ` +
          "or feed_forward.w1",
      );
    }
  }
  const adam = adamW({ betas: [0.9, 0.99], weightDecay: 0 });
  return {
    weights: trainedWeights({
      frozen: checkpointWeights(model.all),
      lowRank: { targets: (target) => !isTextEncoderWeight(target) && isTarget(target), rank, alpha },
    }),
    initial: (name, shape) => initialWeight(seed, name, shape, name.endsWith(" up") ? constant(0) : perInput(shape)),
    optimizerOf: () => adam,
  };
}

/**
 * One file in the key style of diffusers.
 * @param sampling - how images are to be drawn with it, where it decides that @returns `path`
 */
export async function writeLora(
  path: string,
  state: TrainState,
  { rank, alpha }: Pick<LowRankForm, "rank" | "alpha">,
  sampling?: Readonly<Record<string, unknown>>,
): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const metadata: Record<string, string> = {
    lora_adapter_metadata: JSON.stringify({ "transformer.lora_alpha": alpha, "transformer.r": rank }),
  };
  if (sampling) metadata.sampling = JSON.stringify(sampling);
  await writeFile(path, encodeHalf(loraKeys(averagedWeights(state)), metadata));
  return path;
}

function linearLayers({ tensors }: Checkpoint): string[] {
  return [...tensors]
    .filter(([name, { shape }]) => name.endsWith(".weight") && shape.length === 2)
    .map(([name]) => name.slice(0, -".weight".length));
}

/** `layers.0.attention.to_q down` → `transformer.layers.0.attention.to_q.lora_A.weight`. */
function loraKeys(weights: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  return new Map(
    Array.from(weights, ([name, value]) => {
      const [target, side] = name.split(" ");
      return [`transformer.${target}.${side === "down" ? "lora_A" : "lora_B"}.weight`, value];
    }),
  );
}
