import { InvalidFileError } from "../../shared/errors.ts";
import type { FloatDtype, Weight, WeightSource } from "../graph/graph-builder.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { StoredTensor } from "./safetensors.ts";

const floatDtypes: Partial<Record<StoredTensor["dtype"], FloatDtype>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/**
 * A stored tensor as the graph builder wants it.
 * @throws InvalidFileError when it holds neither floats of 16 or 32 bits nor int8 with row scales
 */
export function toWeight(name: string, { dtype, shape, file, offset, length, rowScales }: StoredTensor): Weight {
  const data = { file, offset, length };
  if (rowScales) {
    const scales = { file: rowScales.file, offset: rowScales.offset, length: rowScales.length };
    return { dtype: "int8", shape, data, rowScales: scales };
  }
  const floatDtype = floatDtypes[dtype];
  if (!floatDtype) {
    throw new InvalidFileError(`${file}: tensor ${name}: expected F32, F16 or BF16 weights, got ${dtype}`);
  }
  return { dtype: floatDtype, shape, data };
}

/** Serves a checkpoint folder's tensors to a graph builder. */
export function checkpointWeights({ folder, tensors }: Checkpoint): WeightSource {
  return {
    description: folder,
    weight(name) {
      const tensor = tensors.get(name);
      return tensor && toWeight(name, tensor);
    },
  };
}
