import type { TransformerConfig } from "../graph/architectures/z-image-config.ts";
import type { ProductSpeeds } from "../networks/measure-products.ts";
import { elementCount } from "../tensor.ts";
import { type Checkpoint, openCheckpoint } from "../weights/checkpoint.ts";
import type { WeightLayout } from "../weights/convert/plan-conversion.ts";
import type { TensorPlan } from "../weights/convert/tensor-plan.ts";
import { rotatedRows } from "../weights/convrot-form.ts";
import type { ModelFolder } from "../weights/folder/model-folder.ts";
import type { StoredTensor } from "../weights/formats/safetensors.ts";
import { layoutPlans, plannedBytes } from "../weights/load-checkpoint.ts";
import { chooseLayouts, type PrecisionChoice } from "./choose-layout.ts";
import { type MemoryDemand, type MemoryPlan, type ModelWeights, type Precision, planMemory } from "./memory-plan.ts";

export interface PlanForModelOptions {
  readonly device: MemoryDemand["device"];
  readonly memoryBytes: number;
  /** Sides of the images to plan for, in pixels. */
  readonly side: number;
  readonly config: Pick<TransformerConfig, "dim">;
  /** In place of the choice. */
  readonly residency?: MemoryPlan["residency"];
  readonly precision: PrecisionChoice;
  /** How fast this machine multiplies; asked only where the choice depends on it. */
  readonly measure: () => Promise<ProductSpeeds>;
}

/** Items of a guided image. */
const guidedItems = 2;

/** A plan for the weights of a model folder, in the form that this machine is best at. Only headers are read. */
export async function planForModel(folder: ModelFolder, options: PlanForModelOptions): Promise<MemoryPlan> {
  const { device, memoryBytes, side, config, residency, precision, measure } = options;
  const components = openComponents(folder);
  const choice = await chooseLayouts({ precision, device, checkpoint: components.transformer, measure });
  const plan = planMemory({
    device,
    memoryBytes,
    dim: config.dim,
    width: side,
    height: side,
    batch: guidedItems,
    weights: choice.layouts.map((layout) => weightsInMemory(components, device, layout)),
  });
  const reason = choice.reason === undefined ? plan.reason : `${plan.reason}; ${choice.reason}`;
  if (residency === undefined || residency === plan.residency) return { ...plan, reason };
  return { ...plan, residency, reason: `${residency} was asked for; without that: ${reason}` };
}

interface Components {
  readonly textEncoder: Checkpoint;
  readonly transformer: Checkpoint;
  readonly vae: Checkpoint;
}

function openComponents(folder: ModelFolder): Components {
  return {
    textEncoder: openCheckpoint(folder.textEncoder, "text_encoder"),
    transformer: openCheckpoint(folder.transformer, "transformer"),
    vae: openCheckpoint(folder.vae, "vae"),
  };
}

/** What the weights of a model take in memory once they are laid out. */
function weightsInMemory(
  { textEncoder, transformer, vae }: Components,
  device: MemoryDemand["device"],
  layout: WeightLayout | undefined,
): ModelWeights {
  const floatBytes = device === "cuda" ? 2 : 4;
  const size = (checkpoint: Checkpoint, bytesPerFloat: number, form?: WeightLayout) => {
    const plans = new Map(layoutPlans(checkpoint, form).map((plan) => [plan.name, plan]));
    const tensors = [...checkpoint.tensors].filter(([name]) => name !== tokenTable);
    return tensors.reduce(
      (sum, [name, tensor]) => sum + bytesInMemory(name, tensor, plans.get(name), bytesPerFloat),
      0,
    );
  };
  return {
    precision: precisionOf(transformer, layout, device),
    layout,
    textEncoder: size(textEncoder, floatBytes, layout),
    transformer: size(transformer, floatBytes, layout),
    vae: size(vae, 4),
  };
}

/** This matrix takes no memory: its rows are read from the file. */
const tokenTable = "model.embed_tokens.weight";
/** Layers whose weights are expanded, so that their activations stay exact (`blockModulation`). */
const expandedLayer = /\.adaLN_modulation\.0\.weight$/;

/**
 * Blocks stay as they are; floats become what is computed in: bfloat16 on CUDA, where the VAE and everything elsewhere
 * is float32.
 */
function bytesInMemory(
  name: string,
  tensor: StoredTensor,
  plan: TensorPlan | undefined,
  bytesPerFloat: number,
): number {
  const floats = elementCount(tensor.shape) * bytesPerFloat;
  if (plan) {
    const staysCoded = plan.encoding.kind === "blocks" || plan.encoding.kind === "repack";
    const isRotated = plan.encoding.kind === "rotated" && !expandedLayer.test(name);
    return staysCoded || isRotated ? plannedBytes([plan]) : floats;
  }
  if (tensor.blocks) return tensor.length + tensor.blocks.scales.length;
  const rotated = rotatedRows(tensor);
  return rotated && !expandedLayer.test(name) ? tensor.length + rotated.scales.length : floats;
}

function precisionOf(
  checkpoint: Checkpoint,
  layout: WeightLayout | undefined,
  device: MemoryDemand["device"],
): Precision {
  if (layout === "int8-convrot") return "w8a8";
  const plans = layoutPlans(checkpoint, layout);
  const planned = plans.flatMap(({ encoding }) => ("bits" in encoding ? [encoding.bits] : []));
  const stored = [...checkpoint.tensors.values()].flatMap(({ blocks }) => (blocks ? [blocks.bits] : []));
  const bits = [...planned, ...stored];
  if (bits.length > 0) return bits.includes(4) ? "int4" : "int8";
  return device === "cuda" ? "bfloat16" : "float32";
}
