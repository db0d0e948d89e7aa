import { transformerConfig } from "../../graph/architectures/z-image-config.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import { configPath } from "../../weights/folder/component-config.ts";
import { readJsonFile } from "../../weights/folder/json-file.ts";
import { loadCheckpoint } from "../../weights/load-checkpoint.ts";
import { OmniTransformerModel } from "./omni-transformer-model.ts";
import { loadTransformer, type TransformerModel, type TransformerOptions } from "./transformer-model.ts";

/**
 * A transformer of either architecture, whichever `config.json` names.
 * @throws InvalidFileError for a damaged or unsupported checkpoint or LoRA
 */
export async function loadAnyTransformer(
  folder: string,
  runtime: OnnxRuntime,
  options: TransformerOptions = {},
): Promise<TransformerModel | OmniTransformerModel> {
  const config = await readJsonFile(configPath("transformer", folder), transformerConfig);
  if (config.siglipFeatDim === undefined) return loadTransformer(folder, runtime, options);
  const transformer = new OmniTransformerModel(
    config,
    await loadCheckpoint(folder, "transformer", options.layout),
    runtime,
    options,
  );
  await transformer.adapt({ loras: options.loras ?? [] });
  return transformer;
}
