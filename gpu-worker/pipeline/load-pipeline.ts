import { join } from "node:path";
import { loadAnyTransformer } from "../models/load-any-transformer.ts";
import { loadTextEncoder } from "../models/text-encoder-model.ts";
import type { TransformerOptions } from "../models/transformer-model.ts";
import { loadVae } from "../models/vae-model.ts";
import { loadVisionEncoder } from "../models/vision-encoder-model.ts";
import { createNodeRuntime, type NodeRuntimeOptions } from "../runtime/onnx-session.ts";
import { readSchedulerConfig } from "./flow-match-scheduler.ts";
import { ImagePipeline } from "./generate-image.ts";
import { openModelFolder } from "./model-folder.ts";
import { loadTokenizer } from "./tokenizer.ts";

export interface LoadPipelineOptions extends NodeRuntimeOptions, TransformerOptions {}

/**
 * Everything of a checkpoint, ready to draw. Blocks the calling thread while it loads.
 * @throws InvalidFileError naming what is missing or damaged
 */
export async function loadPipeline(modelDir: string, options: LoadPipelineOptions = {}): Promise<ImagePipeline> {
  const { device, threads, ...transformerOptions } = options;
  const runtime = createNodeRuntime({ ...(device && { device }), ...(threads !== undefined && { threads }) });
  const computeDtype = options.computeDtype && { computeDtype: options.computeDtype };
  const folder = await openModelFolder(modelDir);
  // The cheap parts first: what is wrong with them is known before gigabytes are mapped.
  const scheduler = await readSchedulerConfig(join(folder.scheduler, "scheduler_config.json"));
  const tokenizer = await loadTokenizer(folder.tokenizer);
  const vae = await loadVae(folder.vae, runtime);
  const textEncoder = await loadTextEncoder(folder.textEncoder, runtime, computeDtype);
  const transformer = await loadAnyTransformer(folder.transformer, runtime, transformerOptions);
  const visionEncoder = transformer.config.siglipFeatDim
    ? await loadVisionEncoder(folder.siglip, folder.siglipProcessor, runtime, computeDtype)
    : undefined;
  return new ImagePipeline({
    tokenizer,
    textEncoder,
    transformer,
    vae,
    scheduler,
    ...(visionEncoder && { visionEncoder }),
    ...(options.loras && { loras: options.loras }),
  });
}
