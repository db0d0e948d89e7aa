import type { NoteTensor, TensorPlan } from "./convert/tensor-plan.ts";
import type { StoredTensor } from "./formats/safetensors.ts";
import type { TensorHeader } from "./formats/write-checkpoint.ts";
import { isRotationGroup } from "./forms/hadamard.ts";
import { int8Form } from "./forms/int8-form.ts";

/*
 * The published form int8-convrot: a matrix NAME.weight is I8 [rows, width], beside it NAME.weight_scale F32 [rows, 1]
 * and NAME.comfy_quant, a text that says so. Before it was rounded each group of 256 values of a row was rotated
 * (`rotateGroups`), which spreads the values that stand out. `forms/` reads it.
 */

const publishedGroup = 256;

/**
 * Values per group for rows of `width`: 256 as in the published files, less where that does not divide the width.
 * @returns `undefined` where nothing does
 */
export function convrotGroup(width: number): number | undefined {
  for (let group = publishedGroup; isRotationGroup(group); group /= 4) if (width % group === 0) return group;
  return undefined;
}

/**
 * Scales (F32, one per row) and rotation of a matrix that graphs multiply as it lies in its file; `undefined` for every
 * other form.
 */
export function rotatedRows(tensor: StoredTensor): { scales: StoredTensor; group: number } | undefined {
  const form = int8Form(tensor);
  if (form?.rotationGroup === undefined || form.scalesPer !== "row" || form.scales.dtype !== "F32") return undefined;
  return { scales: form.scales, group: form.rotationGroup };
}

/** What a matrix `[rows, width]` becomes. */
export function convrotOutputs(
  name: string,
  shape: readonly number[],
  group: number,
): { outputs: readonly [TensorHeader, TensorHeader]; notes: readonly [NoteTensor] } {
  const layer = name.replace(/\.weight$/, "");
  const note = { format: "int8_tensorwise", convrot: true, convrot_groupsize: group };
  return {
    outputs: [
      { name, dtype: "I8", shape },
      { name: `${layer}.weight_scale`, dtype: "F32", shape: [shape[0]!, 1] },
    ],
    notes: [{ name: `${layer}.comfy_quant`, text: JSON.stringify(note) }],
  };
}

/**
 * The plans of a transformer with their outputs under ComfyUI's names, where queries, keys and values are one matrix.
 * ComfyUI also knows the names of the Hugging Face folders, but not of scales under them: it would load such a file and
 * leave the scales out.
 */
export function withComfyNames(plans: readonly TensorPlan[]): TensorPlan[] {
  return plans.map((plan) => {
    const third = ["to_q", "to_k", "to_v"].findIndex((part) => plan.name.endsWith(`.attention.${part}.weight`));
    const rename = (output: TensorHeader) => {
      const name = comfyName(output.name);
      if (third < 0) return { ...output, name };
      const [rows = 0, ...rest] = output.shape;
      return { ...output, name, shape: [3 * rows, ...rest] };
    };
    return {
      ...plan,
      outputs: plan.outputs.map(rename),
      notes: plan.notes?.map((note) => ({ ...note, name: comfyName(note.name) })),
      firstOutputRow: third < 0 ? undefined : third * plan.source.shape[0]!,
    };
  });
}

function comfyName(name: string): string {
  return name
    .replace(/^all_x_embedder\.2-1\./, "x_embedder.")
    .replace(/^all_final_layer\.2-1\./, "final_layer.")
    .replace(/\.attention\.to_[qkv]\./, ".attention.qkv.")
    .replace(/\.attention\.to_out\.0\./, ".attention.out.")
    .replace(/\.attention\.norm_([qk])\./, ".attention.$1_norm.");
}
