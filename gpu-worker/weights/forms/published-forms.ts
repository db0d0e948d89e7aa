import { InvalidFileError } from "../../../shared/errors.ts";
import { elementCount } from "../../tensor.ts";
import type { SafetensorsFile, ScaledCodes, ScaleGrid, StoredTensor } from "../formats/safetensors.ts";
import { isFloat8 } from "./float8.ts";
import { isRotationGroup } from "./hadamard.ts";
import { type FormNote, layerForms } from "./layer-forms.ts";
import { readPlainValues } from "./plain-values.ts";
import { unreadableForm } from "./unreadable-forms.ts";

type Tensors = ReadonlyMap<string, StoredTensor>;

/** Scales of a weight, by every spelling; Qwen's `_inv` is multiplied like the others. */
const scaleSuffixes = ["weight_scale", "scale_weight", "weight_scale_inv"];
const globalScaleSuffix = "weight_scale_2";
/** About activations, or about the file: nothing that is computed here needs them. */
const ignoredName = /(^|\.)(scaled_fp8|comfy_quant|input_scale|scale_input)$/;

/**
 * The tensors of a file that other programs quantised, as the rest of the program sees them: a matrix carries its
 * scales (`codes`), and what describes it is no tensor of its own. Read are fp8 with scales per tensor, row or block,
 * int8 with or without rotation, nvfp4 and mxfp8, whether the form of a layer is told by a tensor `comfy_quant`, by the
 * file's metadata or by dtypes and names alone. Plain files are left as they are.
 * @throws InvalidFileError naming file and tensor for forms that cannot be read, and for scales that do not fit
 */
export function resolvePublishedForms({ path, tensors, metadata }: SafetensorsFile): Tensors {
  const unreadable = unreadableForm(tensors, metadata);
  if (unreadable !== undefined) throw new InvalidFileError(`${path}: ${unreadable}`);
  const formOf = layerForms({ path, tensors, metadata });
  const resolved = new Map<string, StoredTensor>();
  const used = new Set<string>();
  for (const [name, tensor] of tensors) {
    if (ignoredName.test(name)) continue;
    const layer = name.endsWith(".weight") ? name.slice(0, -".weight".length) : undefined;
    if (layer === undefined) {
      resolved.set(name, tensor);
      continue;
    }
    const names = [...scaleSuffixes, globalScaleSuffix].map((suffix) => `${layer}.${suffix}`);
    for (const scaleName of names) if (tensors.has(scaleName)) used.add(scaleName);
    const fail = (problem: string) => new InvalidFileError(`${path}: tensor ${name}: ${problem}`);
    const [scales, globalScale] = [names.slice(0, -1), names.slice(-1)].map((some) =>
      some.map((each) => tensors.get(each)).find((found) => found !== undefined),
    );
    resolved.set(name, resolveWeight({ tensor, scales, globalScale, form: formOf(layer), fail }));
  }
  for (const name of used) resolved.delete(name);
  return resolved;
}

interface QuantizedWeight {
  readonly tensor: StoredTensor;
  readonly scales: StoredTensor | undefined;
  readonly globalScale: StoredTensor | undefined;
  /** What the file says of the layer. */
  readonly form: FormNote | undefined;
  readonly fail: (problem: string) => InvalidFileError;
}

function resolveWeight(weight: QuantizedWeight): StoredTensor {
  const { tensor, scales, globalScale, form, fail } = weight;
  const { dtype } = tensor;
  const said = form?.format ?? "";
  if (["F32", "F16", "BF16", "F64"].includes(dtype)) return unscaled(weight);
  if (isFloat8(dtype)) {
    if (said === "mxfp8") return withCodes(weight, "fp8", tiledGrid(weight, 32));
    return scales === undefined ? tensor : withCodes(weight, "fp8", gridOf(weight));
  }
  const isHalfByte = said === "nvfp4" || (said === "" && globalScale !== undefined);
  if (dtype === "U8" && isHalfByte) return resolveFp4(weight);
  if (dtype === "I8") {
    if (scales === undefined) throw fail(`expected the scales of int8 weights, ${scaleSuffixes[0]}, found none`);
    return withCodes(weight, "int8", gridOf(weight));
  }
  // Codes of 4 bits in a form that is not ours either: `resolveForm` has said what it knows.
  if (said !== "") throw fail(`the form ${said} of ${dtype} values cannot be read; ${takeAnother}`);
  return tensor;
}

const takeAnother = "take the same model in bf16, fp8, int8_convrot or nvfp4, or as a GGUF file";

/** Some writers put a scale of one beside what they did not quantise. */
function unscaled({ tensor, scales, fail }: QuantizedWeight): StoredTensor {
  if (scales === undefined) return tensor;
  const count = elementCount(scales.shape);
  if (readPlainValues(scales, 0, count).some((scale) => scale !== 1)) {
    throw fail(`expected quantised values beside a scale that is not 1, got ${tensor.dtype}; the file is damaged`);
  }
  return tensor;
}

function resolveFp4(weight: QuantizedWeight): StoredTensor {
  const { tensor, fail } = weight;
  const [rows = 0, bytes = 0] = tensor.shape;
  if (tensor.shape.length !== 2) throw fail(`expected a matrix of fp4 values, got [${tensor.shape}]`);
  const matrix = { ...weight, tensor: { ...tensor, shape: [rows, 2 * bytes] } };
  return withCodes(matrix, "fp4", tiledGrid(matrix, 16));
}

function withCodes(
  { tensor, globalScale, form, fail }: QuantizedWeight,
  code: ScaledCodes["code"],
  scales: ScaleGrid,
): StoredTensor {
  checkFinite(scales.scales, fail);
  if (globalScale) checkFinite(globalScale, fail);
  const width = widthOf(tensor);
  const rotationGroup = form?.rotationGroup;
  if (rotationGroup !== undefined && (!isRotationGroup(rotationGroup) || width % rotationGroup !== 0)) {
    throw fail(`expected a rotation over a power of 4 that divides its ${width} inputs, got ${rotationGroup}`);
  }
  return {
    ...tensor,
    codes: {
      code,
      scales,
      firstRow: 0,
      globalScale: code === "fp4" ? globalScale : undefined,
      rotationGroup,
    },
  };
}

/** Scales of blocks are too many to look at before they are used. */
const maxCheckedScales = 20_000;

/** @throws InvalidFileError for a scale that would make every value of its row, or of the tensor, no number */
function checkFinite(scales: StoredTensor, fail: QuantizedWeight["fail"]): void {
  const count = elementCount(scales.shape);
  if (scales.dtype === "U8" || scales.dtype.startsWith("F8_") || count > maxCheckedScales) return;
  const at = readPlainValues(scales, 0, count).findIndex((scale) => !Number.isFinite(scale));
  if (at < 0) return;
  throw fail(`expected finite scales, got ${readPlainValues(scales, at, 1)[0]} for row ${at}; the file is damaged`);
}

function widthOf({ shape }: StoredTensor): number {
  return elementCount(shape.slice(1));
}

/** Scales per tensor, per row or per block, whichever their shape says. */
function gridOf({ tensor, scales, fail }: QuantizedWeight): ScaleGrid {
  if (scales === undefined) throw fail("expected its scales, found none");
  const [rows = 1] = tensor.shape;
  const width = widthOf(tensor);
  const [blocksDown = 1, blocksAcross = 1] = scales.shape;
  const count = elementCount(scales.shape);
  const shared = { scales, tiled: false };
  if (count === 1) return { ...shared, blockRows: Number.MAX_SAFE_INTEGER, blockColumns: width, columns: 1 };
  const blockRows = blockOf(rows, blocksDown);
  const blockColumns = blockOf(width, blocksAcross);
  if (scales.shape.length > 2 || blockRows === undefined || blockColumns === undefined) {
    throw fail(`expected scales for [${tensor.shape}] per tensor, row or block, got [${scales.shape}]`);
  }
  return { ...shared, blockRows, blockColumns, columns: blocksAcross };
}

/** Values in a block when `blocks` of them cover `size`; the last may be shorter. */
function blockOf(size: number, blocks: number): number | undefined {
  const powers = Array.from({ length: 20 }, (_, power) => 2 ** power);
  return [128, size / blocks, ...powers].find(
    (block) => Number.isInteger(block) && block > 0 && Math.ceil(size / block) === blocks,
  );
}

/** Scales of blocks within a row, filled up to whole tiles. */
function tiledGrid({ tensor, scales, fail }: QuantizedWeight, blockColumns: number): ScaleGrid {
  const [rows = 0] = tensor.shape;
  const width = widthOf(tensor);
  const columns = width / blockColumns;
  const filled = [Math.ceil(rows / 128) * 128, Math.ceil(columns / 4) * 4];
  const values = scales && elementCount(scales.shape);
  if (scales === undefined || !Number.isInteger(columns) || values !== filled[0]! * filled[1]!) {
    const got = scales === undefined ? "none" : `[${scales.shape}]`;
    throw fail(`expected scales [${filled}] for [${tensor.shape}] in blocks of ${blockColumns}, got ${got}`);
  }
  return { scales, blockRows: 1, blockColumns, columns, tiled: true };
}

/** For messages and reports: how a weight is stored. */
export function formName({ dtype, codes }: StoredTensor): string {
  if (codes === undefined) return dtype;
  if (codes.rotationGroup !== undefined) return "int8-convrot";
  if (codes.code === "fp4") return "nvfp4";
  if (codes.code === "int8") return "int8-scaled";
  return codes.scales.tiled ? "mxfp8" : "fp8-scaled";
}

/** Bytes of the scales of a weight in the file. */
export function scaleBytes({ codes }: StoredTensor): number {
  return codes === undefined ? 0 : codes.scales.scales.length + (codes.globalScale?.length ?? 0);
}
