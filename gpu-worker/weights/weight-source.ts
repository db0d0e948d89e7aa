import { InvalidFileError } from "../../shared/errors.ts";
import type { ExternalBytes, FloatDtype } from "../graph/value.ts";
import type { Weight, WeightSource } from "../graph/weight-source.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { rotatedRows } from "./convrot-form.ts";
import type { StoredTensor } from "./formats/safetensors.ts";
import { formName } from "./forms/published-forms.ts";

const floatDtypes: Partial<Record<StoredTensor["dtype"], FloatDtype>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/**
 * A stored tensor as the graph builder wants it.
 * @throws InvalidFileError when it holds neither floats of 16 or 32 bits nor a quantised form that graphs read
 */
function toWeight(name: string, tensor: StoredTensor): Weight {
  const { dtype, shape, file, rowScales, blocks, ggml, codes } = tensor;
  const data = place(tensor);
  if (rowScales) return { dtype: "int8", shape, data, rowScales: place(rowScales) };
  if (blocks) {
    const { bits, blockSize, scales } = blocks;
    return { dtype: "uint8", shape, data, bits, blockSize, scales: place(scales) };
  }
  const rotated = rotatedRows(tensor);
  if (rotated) return { dtype: "int8", shape, data, rowScales: place(rotated.scales), rotation: rotated.group };
  if (ggml || codes) {
    throw new InvalidFileError(
      `${file}: tensor ${name}: ${ggml ?? formName(tensor)} cannot be used here as it is; convert the file ` +
        "first: npm run models -- convert --to bf16",
    );
  }
  const floatDtype = floatDtypes[dtype];
  if (!floatDtype) {
    throw new InvalidFileError(`${file}: tensor ${name}: expected F32, F16 or BF16 weights, got ${dtype}`);
  }
  return { dtype: floatDtype, shape, data };
}

function place({ file, offset, length }: StoredTensor): ExternalBytes {
  return { file, offset, length };
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
