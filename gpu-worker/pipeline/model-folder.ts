import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { InvalidFileError } from "../../shared/errors.ts";
import { maxSide, minSide, sizeMultiple } from "../../shared/limits.ts";
import type { ModelInfo } from "../engine.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import { readSchedulerConfig } from "./flow-match-scheduler.ts";
import { readJsonFile } from "./json-file.ts";

/** Where each part of a checkpoint lies. Absolute paths. */
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
 * Find the parts of a checkpoint: the Hugging Face layout in `dir` itself, or, for checkpoints that share parts, what `layout.json` beside `dir` says.
 * @throws InvalidFileError naming every part that is missing
 */
export async function openModelFolder(dir: string): Promise<ModelFolder> {
  const root = resolve(dir);
  const layoutPath = join(dirname(root), "layout.json");
  const layout = (await exists(layoutPath)) ? (await readJsonFile(layoutPath, layoutFile))[basename(root)] : undefined;
  const place = (name: string, file = name) => {
    const listed = layout?.[name];
    return listed === undefined ? join(root, file) : join(dirname(root), listed);
  };
  const folder: ModelFolder = {
    modelIndex: place("model_index", "model_index.json"),
    scheduler: place("scheduler"),
    tokenizer: place("tokenizer"),
    textEncoder: place("text_encoder"),
    transformer: place("transformer"),
    vae: place("vae"),
    siglip: place("siglip"),
    siglipProcessor: place("siglip_processor"),
    listed: layout !== undefined,
  };
  const needed = [
    folder.modelIndex,
    join(folder.scheduler, "scheduler_config.json"),
    join(folder.tokenizer, "tokenizer.json"),
    join(folder.tokenizer, "tokenizer_config.json"),
    join(folder.textEncoder, "config.json"),
    join(folder.transformer, "config.json"),
    join(folder.vae, "config.json"),
  ];
  const missing: string[] = [];
  for (const path of needed) if (!(await exists(path))) missing.push(path);
  if (missing.length > 0) {
    throw new InvalidFileError(
      `${root} is not a complete Z-Image checkpoint; missing: ${missing.join(", ")}. Expected the Hugging Face layout ` +
        "(model_index.json and the folders scheduler, tokenizer, text_encoder, transformer, vae); download the whole repository",
    );
  }
  await readJsonFile(folder.modelIndex, modelIndexFile);
  return folder;
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
 * What a checkpoint is, from its configuration and tensor headers; no weight is read.
 * The scheduler's shift tells the family: 3 is Turbo (few steps, no guidance), 6 is Base.
 * @throws InvalidFileError
 */
export async function readModelInfo(dir: string, { modelId, random }: ModelInfoOptions = {}): Promise<ModelInfo> {
  const folder = await openModelFolder(dir);
  const schedulerPath = join(folder.scheduler, "scheduler_config.json");
  const { shift } = await readSchedulerConfig(schedulerPath);
  if (shift !== 3 && shift !== 6) {
    throw new InvalidFileError(`${schedulerPath}: shift must be 3 (Turbo) or 6 (Base), got ${shift}`);
  }
  const family = shift === 3 ? "turbo" : "base";
  const transformerParameters = [...openCheckpoint(folder.transformer).tensors.values()].reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  const { sample_size: trainedSide } = await readJsonFile(join(folder.vae, "config.json"), vaeFile);
  const isRandom = random ?? folder.listed;
  const releasedId = family === "turbo" ? "z-image-turbo" : "z-image";
  return {
    id: modelId ?? (transformerParameters === releasedParameters ? releasedId : basename(resolve(dir))),
    family,
    random: isRandom,
    defaultSteps: family === "turbo" ? 8 : 50,
    defaultGuidance: family === "turbo" ? 0 : 4,
    // Noise is no better for being large.
    defaultSide: isRandom ? 256 : trainedSide,
    transformerParameters,
  };
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
