import { InvalidFileError } from "../../shared/errors.ts";
import type { BlockBits } from "./convert/quantize-blocks.ts";
import type { SafetensorsFile, StoredTensor } from "./formats/safetensors.ts";
import type { TensorHeader } from "./formats/write-checkpoint.ts";

/*
 * The form blocks: a safetensors file in which some matrices NAME [rows, width] are U8 [rows, width / 32, 32 · bits /
 * 8], bits 4 or 8, beside each a tensor NAME.block_scales, F32 [rows, width / 32] (`quantize-blocks.ts` has the
 * layout). Every other tensor is what it seems.
 */

export const blockSize = 32;
/** Metadata that says so. */
export const blockFormMetadata = {
  z_image_format: "blocks",
  z_image_format_version: "1",
  block_size: String(blockSize),
} as const satisfies Readonly<Record<string, string>>;
const scalesSuffix = ".block_scales";

/** The two tensors that a matrix `[rows, width]` becomes, in the order they lie in the file. */
export function blockHeaders(name: string, rows: number, width: number, bits: BlockBits): [TensorHeader, TensorHeader] {
  const blocks = width / blockSize;
  return [
    { name, dtype: "U8", shape: [rows, blocks, (blockSize * bits) / 8] },
    { name: name + scalesSuffix, dtype: "F32", shape: [rows, blocks] },
  ];
}

/**
 * The tensors of a file in this form as the rest of the program sees them: scales belong to the matrix that they scale,
 * and its shape is that of the values.
 * @throws InvalidFileError naming file and tensor for scales that are absent or of another shape
 */
export function resolveBlocks({ path, tensors, metadata }: SafetensorsFile): ReadonlyMap<string, StoredTensor> {
  for (const key of ["z_image_format_version", "block_size"] as const) {
    if (metadata.get(key) !== blockFormMetadata[key]) {
      throw new InvalidFileError(
        `${path}: expected ${key} ${blockFormMetadata[key]}, got ${JSON.stringify(metadata.get(key))}; convert ` +
          "the original model again with this version of the program",
      );
    }
  }
  const resolved = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (name.endsWith(scalesSuffix)) {
      if (tensors.get(name.slice(0, -scalesSuffix.length))?.dtype === "U8") continue;
      throw new InvalidFileError(`${path}: tensor ${name}: expected a U8 tensor that it scales, found none`);
    }
    resolved.set(
      name,
      tensor.dtype === "U8" ? withScales(path, tensors.get(name + scalesSuffix), name, tensor) : tensor,
    );
  }
  return resolved;
}

function withScales(path: string, scales: StoredTensor | undefined, name: string, tensor: StoredTensor): StoredTensor {
  const fail = (message: string) => new InvalidFileError(`${path}: tensor ${name}: ${message}; the file is damaged`);
  const [rows = 0, blocks = 0, bytes = 0] = tensor.shape;
  const bits = (bytes * 8) / blockSize;
  if (tensor.shape.length !== 3 || (bits !== 4 && bits !== 8)) {
    throw fail(`expected [rows, blocks, ${blockSize / 2} or ${blockSize}], got [${tensor.shape}]`);
  }
  if (scales?.dtype !== "F32" || scales.shape.join() !== `${rows},${blocks}`) {
    const got = scales ? `${scales.dtype} [${scales.shape}]` : "none";
    throw fail(`expected ${name}${scalesSuffix} F32 [${rows}, ${blocks}], got ${got}`);
  }
  return { ...tensor, shape: [rows, blocks * blockSize], blocks: { bits, blockSize, scales } };
}
