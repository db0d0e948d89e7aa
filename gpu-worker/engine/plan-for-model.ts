import type { TransformerConfig } from "../graph/architectures/z-image-config.ts";
import { elementCount } from "../tensor.ts";
import type { Component } from "../weights/folder/component-config.ts";
import type { ModelFolder } from "../weights/folder/model-folder.ts";
import type { StoredTensor } from "../weights/formats/safetensors.ts";
import { loadCheckpoint } from "../weights/load-checkpoint.ts";
import { type MemoryDemand, type MemoryPlan, type ModelWeights, type Precision, planMemory } from "./memory-plan.ts";

export interface PlanForModelOptions {
  readonly device: MemoryDemand["device"];
  readonly memoryBytes: number;
  /** Sides of the images to plan for, in pixels. */
  readonly side: number;
  readonly config: Pick<TransformerConfig, "dim">;
  /** In place of the choice. */
  readonly residency?: MemoryPlan["residency"];
}

/** Items of a guided image. */
const guidedItems = 2;

/** A plan for the weights as they lie in a model folder. Only headers are read. */
export async function planForModel(folder: ModelFolder, options: PlanForModelOptions): Promise<MemoryPlan> {
  const { device, memoryBytes, side, config, residency } = options;
  const plan = planMemory({
    device,
    memoryBytes,
    dim: config.dim,
    width: side,
    height: side,
    batch: guidedItems,
    weights: [await readModelWeights(folder, device)],
  });
  if (residency === undefined || residency === plan.residency) return plan;
  return { ...plan, residency, reason: `${residency} was asked for; without that: ${plan.reason}` };
}

/** What the weights of a model folder take in memory. */
async function readModelWeights(folder: ModelFolder, device: MemoryDemand["device"]): Promise<ModelWeights> {
  const tensorsOf = async (path: string, component: Component) => [...(await loadCheckpoint(path, component)).tensors];
  const transformer = await tensorsOf(folder.transformer, "transformer");
  const size = (tensors: readonly [string, StoredTensor][], isVae = false) =>
    tensors.reduce((sum, [name, tensor]) => sum + (name === tokenTable ? 0 : bytesInMemory(tensor, device, isVae)), 0);
  return {
    precision: precisionOf(
      transformer.map(([, tensor]) => tensor),
      device,
    ),
    textEncoder: size(await tensorsOf(folder.textEncoder, "text_encoder")),
    transformer: size(transformer),
    vae: size(await tensorsOf(folder.vae, "vae"), true),
  };
}

/** Its rows are read from the file. */
const tokenTable = "model.embed_tokens.weight";

/**
 * Blocks stay as they are; floats become what is computed in: bfloat16 on CUDA, where the VAE and everything elsewhere
 * is float32.
 */
function bytesInMemory(
  { shape, length, blocks }: StoredTensor,
  device: MemoryDemand["device"],
  isVae: boolean,
): number {
  if (blocks) return length + blocks.scales.length;
  const count = elementCount(shape);
  return count * (device === "cuda" && !isVae ? 2 : 4);
}

function precisionOf(tensors: readonly StoredTensor[], device: MemoryDemand["device"]): Precision {
  const bits = tensors.flatMap(({ blocks }) => (blocks ? [blocks.bits] : []));
  if (bits.length > 0) return bits.includes(4) ? "int4" : "int8";
  return device === "cuda" ? "bfloat16" : "float32";
}
