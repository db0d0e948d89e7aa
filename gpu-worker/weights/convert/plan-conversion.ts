import { blockHeaders, blockSize } from "../block-form.ts";
import { convrotGroup, convrotOutputs, rotatedRows } from "../convrot-form.ts";
import type { StoredTensor } from "../formats/safetensors.ts";
import type { BlockBits } from "./quantize-blocks.ts";
import type { TensorPlan } from "./tensor-plan.ts";

/**
 * Forms that a whole checkpoint can be written in.
 * - `bf16`: every value rounded to bfloat16.
 * - `int8`: linear layers of the blocks and the token table in 8 bits with a scale per 32 values; all else as stored.
 * - `int4`: the same in 4 bits, but the token table, modulation and what attention sums up (values and output
 *   projections) in 8.
 * - `int8-convrot`: linear layers of the blocks but modulation rotated, in 8 bits with a scale per row; all else as
 *   stored.
 */
export type ConversionTarget = "bf16" | "int8" | "int4" | "int8-convrot";

const quantizable =
  /^(model\.)?(layers|noise_refiner|context_refiner|siglip_refiner|control_layers|control_noise_refiner)\.\d+\.(attention|feed_forward|adaLN_modulation|self_attn|mlp)\..*weight$/;
/**
 * Small for their influence. One row of the modulation scales or gates a whole block, and the table is read once per
 * token. The error of values and output projections goes through attention undiminished, while that of queries and keys
 * only shifts its weights: a sixth of the parameters in 8 bits takes a quarter off the error of a block.
 */
const finer =
  /(\.adaLN_modulation\.\d+|\.attention\.(to_v|to_out\.0)|\.self_attn\.[vo]_proj|^model\.embed_tokens)\.weight$/;
/** ggml types with a code of our own form: scale per 32 values, no minimum. */
const sameCodes: ReadonlyMap<string, BlockBits> = new Map([
  ["Q4_0", 4],
  ["Q8_0", 8],
]);

/** What becomes of a tensor when its checkpoint is written as `target`. */
export function planConversion(name: string, source: StoredTensor, target: ConversionTarget): TensorPlan {
  const isFloat = isPlainFloat(source);
  if (target === "bf16") return isFloat && source.dtype === "BF16" ? copy(name, source) : float(name, source, "BF16");
  if (target === "int8-convrot") {
    return rotated(name, source) ?? (isFloat ? copy(name, source) : float(name, source, "F32"));
  }
  const isTable = name === "model.embed_tokens.weight";
  if ((quantizable.test(name) || isTable) && fitsBlocks(source)) {
    return blocks(name, source, target === "int4" && !finer.test(name) ? 4 : 8);
  }
  return isFloat ? copy(name, source) : float(name, source, "F32");
}

/**
 * What a tensor becomes so that the runtime can read it; `undefined` for what it reads where it is: floats of 16 or 32
 * bits and our own forms. Q4_0 and Q8_0 keep every bit. Other quantised layers of the blocks become 8 bits, whose
 * rounding is below a hundredth of that of their own 4 and a twentieth of that of fp8; what is no layer of a block
 * becomes float32.
 * @param exact - float32 for everything but ggml blocks: nothing is rounded a second time
 */
function planRepack(name: string, source: StoredTensor, exact = false): TensorPlan | undefined {
  if (source.rowScales || source.blocks || isPlainFloat(source)) return undefined;
  const staysFloat = exact && !source.ggml;
  if (staysFloat || !quantizable.test(name) || !fitsBlocks(source)) return float(name, source, "F32");
  return blocks(name, source, sameCodes.get(source.ggml ?? "") ?? 8);
}

/** Forms that weights are laid out in anew when they are loaded, in place of what `planRepack` chooses. */
export type WeightLayout = "int8-convrot" | "int4";

/**
 * What a tensor becomes in a layout; `undefined` for what is read where it is. Where the layout does not reach, as
 * `planRepack`.
 */
export function planLayout(
  name: string,
  source: StoredTensor,
  layout: WeightLayout | undefined,
  exact: boolean,
): TensorPlan | undefined {
  if (layout === "int8-convrot") {
    if (rotatedRows(source)) return undefined;
    return rotated(name, source) ?? planRepack(name, source, exact);
  }
  if (layout === "int4" && !source.blocks && quantizable.test(name) && fitsBlocks(source)) {
    return planConversion(name, source, layout);
  }
  return planRepack(name, source, exact);
}

function isPlainFloat({ dtype, ggml, blocks, rowScales, codes }: StoredTensor): boolean {
  return !ggml && !blocks && !rowScales && !codes && ["F32", "F16", "BF16"].includes(dtype);
}

function fitsBlocks({ shape }: StoredTensor): boolean {
  return shape.length === 2 && shape[1]! > 0 && shape[1]! % blockSize === 0;
}

function copy(name: string, source: StoredTensor): TensorPlan {
  const { dtype, shape } = source;
  return { name, source, encoding: { kind: "copy" }, outputs: [{ name, dtype, shape }] };
}

function float(name: string, source: StoredTensor, dtype: "BF16" | "F32"): TensorPlan {
  return { name, source, encoding: { kind: "float", dtype }, outputs: [{ name, dtype, shape: source.shape }] };
}

/**
 * Left as it is in int8-convrot: its activations are a single row that stays exact, so that codes would save no time,
 * and their rounding is a fifth of the error of a block. In the published files it is rounded too.
 */
const modulation = /\.adaLN_modulation\.\d+\.weight$/;

/** A linear layer of a block as int8-convrot; `undefined` for every other tensor. */
function rotated(name: string, source: StoredTensor): TensorPlan | undefined {
  const [, width, ...more] = source.shape;
  const group = width === undefined || more.length > 0 ? undefined : convrotGroup(width);
  if (!quantizable.test(name) || modulation.test(name) || group === undefined) return undefined;
  return { name, source, encoding: { kind: "rotated", group }, ...convrotOutputs(name, source.shape, group) };
}

function blocks(name: string, source: StoredTensor, bits: BlockBits): TensorPlan {
  const [rows, width] = source.shape as [number, number];
  const kind = source.ggml && sameCodes.get(source.ggml) === bits ? "repack" : "blocks";
  return { name, source, encoding: { kind, bits }, outputs: blockHeaders(name, rows, width, bits) };
}
