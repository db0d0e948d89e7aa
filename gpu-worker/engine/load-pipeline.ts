import { join } from "node:path";
import { chooseAttention } from "../networks/choose-attention.ts";
import type { ModelOptions } from "../networks/open-session.ts";
import { loadTextEncoder } from "../networks/text-encoder-model.ts";
import { loadAnyTransformer } from "../networks/transformer/load-any-transformer.ts";
import type { TransformerOptions } from "../networks/transformer/transformer-model.ts";
import { loadVae } from "../networks/vae-model.ts";
import { loadVisionEncoder } from "../networks/vision-encoder-model.ts";
import { ImagePipeline } from "../pipeline/generate-image.ts";
import { type ChosenRuntime, chooseRuntime, type RuntimeChoice } from "../runtime/choose-runtime.ts";
import type { FfiRuntimeOptions } from "../runtime/ffi/ffi-runtime.ts";
import { checkpointLimits } from "../weights/folder/checkpoint-limits.ts";
import { loadTokenizer } from "../weights/folder/load-tokenizer.ts";
import { type ModelFolder, openModelFolder } from "../weights/folder/model-folder.ts";
import type { ModelParts } from "../weights/folder/named-parts.ts";
import { readSchedulerConfig } from "../weights/folder/scheduler-config.ts";
import { followMemoryPlan } from "./follow-memory-plan.ts";
import type { MemoryPlan } from "./memory-plan.ts";

export interface LoadPipelineOptions
  extends Pick<FfiRuntimeOptions, "device" | "threads" | "memoryLimitBytes" | "isCanceled" | "captureGraphs">,
    Omit<TransformerOptions, "lazy"> {
  /** @default "node" */
  readonly runtime?: RuntimeChoice;
  /** Parts of the checkpoint, in place of those that would be found. */
  readonly parts?: ModelParts;
  /** How to live within memory. @default everything resident, and running out of memory ends the image */
  readonly plan?: MemoryPlan;
  /** Called when memory ran out and the plan steps down. */
  readonly onStepDown?: (plan: MemoryPlan) => void;
}

/**
 * Everything of a checkpoint, ready to draw. Blocks the calling thread while it loads. With a plan that keeps not
 * everything in memory, a network loads when it is first needed.
 * @throws InvalidFileError naming what is missing or damaged
 */
export async function loadPipeline(modelDir: string, options: LoadPipelineOptions = {}): Promise<ImagePipeline> {
  const { runtime: choice = "node", plan, onStepDown, ...others } = options;
  const { device, threads, memoryLimitBytes, isCanceled, captureGraphs, ...transformerOptions } = others;
  const { runtime } = chooseRuntime(choice, {
    device,
    threads,
    memoryLimitBytes,
    isCanceled,
    captureGraphs: captureGraphs && device === "cuda" ? captureGraphs : undefined,
    // Unpacked weights stay pages of their file, which the system may drop and read again.
    sessionConfig: plan?.residency === "streamed" ? { "session.disable_prepacking": "1" } : undefined,
  });
  const lazy = plan !== undefined && plan.residency !== "resident";
  const folder = await openModelFolder(modelDir, options.parts);
  // The cheap parts first: what is wrong with them is known before gigabytes are mapped.
  const scheduler = await readSchedulerConfig(join(folder.scheduler, "scheduler_config.json"));
  const tokenizer = await loadTokenizer(folder.tokenizer);
  const attention = await chooseAttention(device ?? "cpu", runtime, formOf(transformerOptions));
  const networkOptions = { ...transformerOptions, ...weightOptions(plan, device), attention };
  const networks = await loadNetworks(folder, runtime, { ...networkOptions, lazy });
  const followed = plan ? followMemoryPlan(networks, plan, onStepDown) : networks;
  const { siglipFeatDim } = networks.transformer.config;
  const visionEncoder = siglipFeatDim
    ? await loadVisionEncoder(folder.siglip, folder.siglipProcessor, runtime, formOf(networkOptions))
    : undefined;
  return new ImagePipeline({
    tokenizer,
    scheduler,
    ...followed,
    visionEncoder,
    loras: options.loras,
    limits: checkpointLimits(networks.transformer.config, networks.textEncoder.config),
  });
}

async function loadNetworks(folder: ModelFolder, runtime: ChosenRuntime["runtime"], options: TransformerOptions) {
  const { lazy, attention } = options;
  const modelOptions: ModelOptions = { ...formOf(options), lazy };
  const vae = await loadVae(folder.vae, runtime, {
    lazy,
    // Its other operators need the older operator set; one head over some thousand pixels is no work.
    attention: attention && attention === "standard" ? "fused" : attention,
  });
  const textEncoder = await loadTextEncoder(folder.textEncoder, runtime, modelOptions);
  const transformer = await loadAnyTransformer(folder.transformer, runtime, options);
  return { textEncoder, transformer, vae };
}

function weightOptions(plan: MemoryPlan | undefined, device: LoadPipelineOptions["device"]): ModelOptions {
  if (plan?.layout === undefined) return {};
  const products = device === "cuda" ? "s8s8" : "u8s8";
  return { layout: plan.layout, integerProducts: plan.precision === "w8a8" ? products : undefined };
}

function formOf({ computeDtype, attention, integerProducts, layout }: TransformerOptions): ModelOptions {
  return { computeDtype, attention, integerProducts, layout };
}
