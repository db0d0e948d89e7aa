import { InvalidFileError } from "../../shared/errors.ts";
import type { FloatDtype, LowRankBranch, Weight, WeightSource } from "../graph/graph-builder.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { StoredTensor } from "./safetensors.ts";

const floatDtypes: Partial<Record<StoredTensor["dtype"], FloatDtype>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/** A stored tensor as the graph builder wants it. @throws InvalidFileError when it does not hold floats of 16 or 32 bits */
export function toWeight(name: string, { dtype, shape, file, offset, length }: StoredTensor): Weight {
  const floatDtype = floatDtypes[dtype];
  if (!floatDtype) {
    throw new InvalidFileError(`${file}: tensor ${name}: expected F32, F16 or BF16 weights, got ${dtype}`);
  }
  return { dtype: floatDtype, shape, data: { file, offset, length } };
}

export interface CheckpointWeightsOptions {
  readonly lowRankBranches?: ReadonlyMap<string, readonly LowRankBranch[]>;
}

/** Serves a checkpoint folder's tensors to a graph builder. */
export function checkpointWeights(
  { folder, tensors }: Checkpoint,
  { lowRankBranches }: CheckpointWeightsOptions = {},
): WeightSource {
  return {
    description: folder,
    weight(name) {
      const tensor = tensors.get(name);
      return tensor && toWeight(name, tensor);
    },
    lowRankBranches: (target) => lowRankBranches?.get(target) ?? [],
  };
}
