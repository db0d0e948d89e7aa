import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";
import { maxSide, minSide, sizeMultiple } from "../../../shared/limits.ts";
import type { ModelInfo } from "../../engine.ts";
import { textEncoderConfig, transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { readSchedulerConfig } from "../../pipeline/flow-match-scheduler.ts";
import { elementCount } from "../../tensor.ts";
import { openCheckpoint } from "../checkpoint.ts";
import { checkpointLimits } from "./checkpoint-limits.ts";
import { configPath } from "./component-config.ts";
import { readJsonFile } from "./json-file.ts";
import { readSamplingConfig } from "./sampling-config.ts";
import { filesAround, isWeightsFile, transformerFileIn } from "./single-files.ts";

/** Where each part of a checkpoint lies. Absolute paths; `textEncoder`, `transformer` and `vae` are folders or single files. */
export interface ModelFolder {
  readonly modelIndex: string;
  readonly scheduler: string;
  readonly tokenizer: string;
  readonly textEncoder: string;
  readonly transformer: string;
  readonly vae: string;
  /** Vision encoder and its `preprocessor_config.json`; only checkpoints of the Omni architecture have them. */
  readonly siglip: string;
  readonly siglipProcessor: string;
  /** True for the reference's random checkpoints, the ones listed in a `layout.json` beside them. */
  readonly listed: boolean;
}

const layoutFile = z.record(z.string(), z.record(z.string(), z.string()));
const vaeFile = z.looseObject({
  sample_size: z.int().min(minSide).max(maxSide).multipleOf(sizeMultiple).default(1024),
});
const modelIndexFile = z.looseObject({
  _class_name: z.enum(["ZImagePipeline", "ZImageOmniPipeline"]),
});

/**
 * Find the parts of a model as it was published:
 * - the Hugging Face layout in `dir` itself (also as links in the Hugging Face cache), whose components may be single `.safetensors` or `.gguf` files;
 * - for checkpoints that share parts, what `layout.json` beside `dir` says; with it, `NAME` may also be a file `NAME.safetensors` of the transformer alone
 *   whose name a listed checkpoint's begins, and that one supplies the rest;
 * - a ComfyUI `models` folder, or a transformer file in one.
 * @throws InvalidFileError naming every part that is missing
 */
export async function openModelFolder(dir: string): Promise<ModelFolder> {
  const root = resolve(dir);
  const layoutPath = join(dirname(root), "layout.json");
  const layouts = (await exists(layoutPath)) ? await readJsonFile(layoutPath, layoutFile) : {};
  const file = [root, `${root}.safetensors`, `${root}.gguf`].find(isWeightsFile) ?? transformerFileIn(root);
  const layout = layouts[basename(root)] ?? (file === undefined ? undefined : layoutOfFile(layouts, basename(file)));
  const around = file === undefined || layout ? undefined : filesAround(file);
  const place = (name: string, path = name) => {
    const listed = layout?.[name];
    return listed === undefined ? join(root, path) : join(dirname(root), listed);
  };
  const folder: ModelFolder = {
    modelIndex: around?.modelIndex ?? place("model_index", "model_index.json"),
    scheduler: around?.scheduler ?? place("scheduler"),
    tokenizer: around
      ? (around.tokenizer ?? join(dirname(dirname(around.transformer)), "tokenizer"))
      : place("tokenizer"),
    textEncoder: around
      ? (around.textEncoder ?? join(dirname(dirname(around.transformer)), "text_encoders"))
      : place("text_encoder"),
    transformer: file ?? place("transformer"),
    vae: around ? (around.vae ?? join(dirname(dirname(around.transformer)), "vae")) : place("vae"),
    siglip: place("siglip"),
    siglipProcessor: place("siglip_processor"),
    listed: layout !== undefined,
  };
  const needed = [
    folder.modelIndex,
    join(folder.scheduler, "scheduler_config.json"),
    join(folder.tokenizer, "tokenizer.json"),
    join(folder.tokenizer, "tokenizer_config.json"),
    ...weightFolders(folder).map(([component, path]) => configPath(component, path)),
  ];
  const missing: string[] = [];
  for (const path of needed) if (!(await exists(path))) missing.push(path);
  if (missing.length > 0) {
    throw new InvalidFileError(
      around
        ? `${around.transformer} is a transformer alone; missing beside it: ${missing.join(", ")}. Expected the folders text_encoders (a Qwen3-4B file), ` +
            "vae (ae.safetensors) and tokenizer (tokenizer.json, tokenizer_config.json of the original repository): npm run models -- pull z-image-turbo --only tokenizer"
        : `${root} is not a complete Z-Image checkpoint; missing: ${missing.join(", ")}. Expected the Hugging Face layout ` +
            "(model_index.json and the folders scheduler, tokenizer, text_encoder, transformer, vae); download the whole repository",
    );
  }
  await readJsonFile(folder.modelIndex, modelIndexFile);
  return folder;
}

/** The entry with the longest name that begins the file's. */
function layoutOfFile(
  layouts: z.output<typeof layoutFile>,
  fileName: string,
): z.output<typeof layoutFile>[string] | undefined {
  const [longest] = Object.keys(layouts)
    .filter((name) => fileName.startsWith(`${name}-`))
    .sort((a, b) => b.length - a.length);
  return longest === undefined ? undefined : layouts[longest];
}

/** The parts that hold weights, by their names in the Hugging Face layout, in the order a picture needs them. */
export function weightFolders({ textEncoder, transformer, vae }: ModelFolder) {
  return [
    ["text_encoder", textEncoder],
    ["transformer", transformer],
    ["vae", vae],
  ] as const;
}

export interface ModelInfoOptions {
  /** In place of the id derived from the checkpoint. */
  readonly modelId?: string;
  /** In place of the guess that exactly the reference's own test checkpoints are random. */
  readonly random?: boolean;
}

/** Parameters of the released transformer. */
const releasedParameters = 6_154_908_736;

/**
 * What a checkpoint is, from its configuration and tensor headers; no weight is read. A model that needs no guidance is of the Turbo family.
 * @throws InvalidFileError
 */
export async function readModelInfo(dir: string, { modelId, random }: ModelInfoOptions = {}): Promise<ModelInfo> {
  const folder = await openModelFolder(dir);
  const { shift } = await readSchedulerConfig(join(folder.scheduler, "scheduler_config.json"));
  const { numInferenceSteps, guidanceScale } = await readSamplingConfig(folder.modelIndex, shift);
  const family = guidanceScale === 0 ? "turbo" : "base";
  const transformerParameters = [...openCheckpoint(folder.transformer).tensors.values()].reduce(
    (sum, { shape }) => sum + elementCount(shape),
    0,
  );
  const { sample_size: trainedSide } = await readJsonFile(configPath("vae", folder.vae), vaeFile);
  const transformer = await readJsonFile(configPath("transformer", folder.transformer), transformerConfig);
  const textEncoder = await readJsonFile(configPath("text_encoder", folder.textEncoder), textEncoderConfig);
  const isRandom = random ?? folder.listed;
  const releasedId = family === "turbo" ? "z-image-turbo" : "z-image";
  return {
    id:
      modelId ??
      (transformerParameters === releasedParameters
        ? releasedId
        : basename(resolve(dir)).replace(/\.(safetensors|gguf)$/, "")),
    family,
    random: isRandom,
    defaultSteps: numInferenceSteps,
    defaultGuidance: guidanceScale,
    // Noise is no better for being large.
    defaultSide: isRandom ? 256 : trainedSide,
    transformerParameters,
    capabilities: transformer.siglipFeatDim ? ["references"] : undefined,
    limits: checkpointLimits(transformer, textEncoder),
  };
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
