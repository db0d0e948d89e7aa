import { InvalidFileError } from "../../shared/errors.ts";
import { elementCount } from "../tensor.ts";
import { blockFormMetadata, resolveBlocks } from "./block-form.ts";
import { type QuantizedRows, quantizeRows } from "./convert/quantize-rows.ts";
import { elementBytes, readTensorBytes, type SafetensorsFile, type StoredTensor } from "./formats/safetensors.ts";
import type { CheckpointPart } from "./formats/write-checkpoint.ts";
import { resolvePublishedForms } from "./forms/published-forms.ts";
import { readTensor, readTensorValues } from "./tensor-values.ts";

/*
 * The form int8-rows: a safetensors file in which every tensor of two or more axes and 2048 or more values is I8,
 * beside it a tensor NAME.row_scales, F32 [rows]: value[row, …] = int8 · scale[row]. Every other tensor is as it was.
 */

/** Metadata that says so. A file without `z_image_format` is a plain checkpoint. */
const manifest = { z_image_format: "int8-rows", z_image_format_version: "1" } as const;
const scalesSuffix = ".row_scales";
const minValues = 2048;
const floats: readonly string[] = ["F32", "F16", "BF16"];

/** Values that are turned at a time: what is in memory does not grow with the tensor. */
const defaultBlockValues = 4_000_000;

/**
 * The tensors of a file as the rest of the program sees them: in the forms int8-rows and blocks (`block-form.ts`),
 * scales are no tensors of their own but belong to the tensor that they scale; forms of other programs are resolved by
 * `published-forms.ts`. A plain file is left as it is.
 * @throws InvalidFileError naming file and tensor for scales that are absent, of another shape or no positive numbers,
 * and for forms or versions of forms that are not known
 */
export function resolveForm({ path, tensors, metadata }: SafetensorsFile): ReadonlyMap<string, StoredTensor> {
  const format = metadata.get("z_image_format");
  if (format === undefined) return resolvePublishedForms({ path, tensors, metadata });
  if (format === blockFormMetadata.z_image_format) return resolveBlocks({ path, tensors, metadata });
  const version = metadata.get("z_image_format_version");
  if (format !== manifest.z_image_format || version !== manifest.z_image_format_version) {
    throw new InvalidFileError(
      `${path}: expected weights in the form int8-rows or blocks, version 1, got ${JSON.stringify(format)} ` +
        `version ${JSON.stringify(version)}; ` +
        "convert the original model again with this version of the program",
    );
  }
  const resolved = new Map<string, StoredTensor>();
  for (const [name, tensor] of tensors) {
    if (tensor.dtype === "I8") resolved.set(name, { ...tensor, rowScales: rowScales(path, tensors, name, tensor) });
    else if (!name.endsWith(scalesSuffix)) resolved.set(name, tensor);
    else if (tensors.get(name.slice(0, -scalesSuffix.length))?.dtype !== "I8") {
      throw new InvalidFileError(`${path}: tensor ${name}: expected an I8 tensor that it scales, found none`);
    }
  }
  return resolved;
}

function rowScales(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
  { shape }: StoredTensor,
): StoredTensor {
  const fail = (message: string) => new InvalidFileError(`${path}: tensor ${name}: ${message}`);
  if (shape.length < 2) throw fail(`expected two or more axes of an I8 tensor, got [${shape.join(", ")}]`);
  const scales = tensors.get(name + scalesSuffix);
  if (!scales) throw fail(`expected its scales ${name}${scalesSuffix}, found none; the file is damaged`);
  if (scales.dtype !== "F32" || scales.shape.length !== 1 || scales.shape[0] !== shape[0]) {
    throw fail(`expected scales F32 [${shape[0]}], got ${scales.dtype} [${scales.shape.join(", ")}]`);
  }
  const values = readTensor(scales);
  const bad = values.findIndex((scale) => !(scale > 0 && scale < Number.POSITIVE_INFINITY));
  if (bad >= 0) throw fail(`expected positive, finite scales, got ${values[bad]} for row ${bad}; the file is damaged`);
  return scales;
}

/** Metadata of a file in this form. */
export const int8RowsMetadata: Readonly<Record<string, string>> = manifest;

/** What to write for one tensor of a plain checkpoint, about `blockValues` values at a time. */
export function int8RowsPart(name: string, tensor: StoredTensor, blockValues = defaultBlockValues): CheckpointPart {
  const { dtype, shape } = tensor;
  const count = elementCount(shape);
  if (shape.length < 2 || count < minValues || !floats.includes(dtype)) {
    return { tensors: [{ name, dtype, shape }], bytes: () => storedBytes(tensor, blockValues) };
  }
  const [rows = 0] = shape;
  return {
    tensors: [
      { name, dtype: "I8", shape },
      { name: name + scalesSuffix, dtype: "F32", shape: [rows] },
    ],
    bytes: () => quantizedBytes(name, tensor, { rows, width: count / rows, blockValues }),
  };
}

function* storedBytes(tensor: StoredTensor, blockValues: number): Generator<Uint8Array> {
  const blockBytes = blockValues * elementBytes[tensor.dtype];
  for (let start = 0; start < tensor.length; start += blockBytes) {
    yield readTensorBytes(tensor, start, Math.min(blockBytes, tensor.length - start));
  }
}

/** All int8 values, then all scales. */
function* quantizedBytes(
  name: string,
  tensor: StoredTensor,
  { rows, width, blockValues }: { rows: number; width: number; blockValues: number },
): Generator<Uint8Array> {
  const scales = new Float32Array(rows);
  const blockRows = Math.max(1, Math.floor(blockValues / width));
  for (let row = 0; row < rows; row += blockRows) {
    const values = readTensorValues(tensor, row * width, Math.min(blockRows, rows - row) * width);
    const block = quantizeFinite(name, tensor, values, width);
    scales.set(block.scales, row);
    yield new Uint8Array(block.values.buffer);
  }
  yield new Uint8Array(scales.buffer);
}

function quantizeFinite(name: string, { file }: StoredTensor, values: Float32Array, width: number): QuantizedRows {
  try {
    return quantizeRows(values, width);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new InvalidFileError(`${file}: tensor ${name}: expected finite values; the file is damaged`, { cause });
  }
}
