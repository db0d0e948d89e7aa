import type { ProductSpeeds } from "../networks/measure-products.ts";
import { elementCount } from "../tensor.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import type { WeightLayout } from "../weights/convert/plan-conversion.ts";
import { rotatedRows } from "../weights/convrot-form.ts";

/**
 * What linear layers are computed in: `w8a8` integer products of rotated 8-bit weights and activations, `int4` 4-bit
 * weights, `stored` whatever the weights are stored in. `auto` takes `w8a8` on a CPU that multiplies integers faster
 * than anything else, where it fits, else `int4`; weights that were quantised on purpose stay as they are.
 */
export const precisionChoices = ["auto", "stored", "w8a8", "int4"] as const;
export type PrecisionChoice = (typeof precisionChoices)[number];

/** Below so many weights a transformer is fast and small whatever it is computed in, and keeps every bit. */
const worthLayout = 1e9;
/** By how much integer products must beat the fastest others to be taken. */
const worthwhileGain = 1.1;

export interface LayoutRequest {
  readonly precision: PrecisionChoice;
  readonly device: "cpu" | "cuda" | "webgpu";
  /** Checkpoint of the transformer. */
  readonly checkpoint: Checkpoint;
  /** Called only where the result matters. */
  readonly measure: () => Promise<ProductSpeeds>;
}

export interface LayoutChoice {
  /** The preferred one first; `undefined` is as stored. */
  readonly layouts: readonly (WeightLayout | undefined)[];
  /** What was measured, for the log. */
  readonly reason?: string;
}

/** The layouts of the weights to choose from, by what was asked for and what this machine is fast at. */
export async function chooseLayouts({ precision, device, checkpoint, measure }: LayoutRequest): Promise<LayoutChoice> {
  if (precision === "w8a8") return { layouts: ["int8-convrot"] };
  if (precision === "int4") return { layouts: ["int4"] };
  const asStored: LayoutChoice = { layouts: [undefined] };
  if (precision === "stored" || device !== "cpu") return asStored;
  const tensors = [...checkpoint.tensors.values()];
  const isRotated = tensors.some((tensor) => rotatedRows(tensor) !== undefined);
  const isQuantized = tensors.some(({ blocks, rowScales, ggml }) => blocks ?? rowScales ?? ggml);
  const weights = tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (!isRotated && (isQuantized || weights < worthLayout)) return asStored;
  const speeds = await measure();
  const isFast = (speeds.w8a8 ?? 0) > worthwhileGain * Math.max(speeds.float32, speeds.int4);
  const reason = describeSpeeds(speeds);
  if (!isFast) return { ...asStored, reason };
  return { layouts: isRotated ? ["int8-convrot"] : ["int8-convrot", "int4"], reason };
}

/** For the log and for doctor. */
export function describeSpeeds({ float32, int8, int4, w8a8 }: ProductSpeeds): string {
  const speed = (value: number) => value.toFixed(0);
  const integers = w8a8 === undefined ? "w8a8 gives wrong products" : `w8a8 ${speed(w8a8)}`;
  return (
    `products measured here in GFLOP/s: ${integers}, int8 ${speed(int8)}, int4 ${speed(int4)}, float32 ` +
    `${speed(float32)}`
  );
}
