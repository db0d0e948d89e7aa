import { join } from "node:path";
import { z } from "zod";
import { textEncoderConfig, transformerConfig } from "../graph/architectures/z-image-config.ts";
import type { OnnxRuntime } from "../runtime/onnx-session.ts";
import type { Checkpoint } from "../weights/checkpoint.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import { hashComponent } from "../weights/convert/hash-component.ts";
import { configPath } from "../weights/folder/component-config.ts";
import { readJsonFile } from "../weights/folder/json-file.ts";
import { loadTokenizer } from "../weights/folder/load-tokenizer.ts";
import { openModelFolder } from "../weights/folder/model-folder.ts";
import { readSamplingConfig, type SamplingConfig } from "../weights/folder/sampling-config.ts";
import { readSchedulerConfig } from "../weights/folder/scheduler-config.ts";
import { type FrozenCaptions, openFrozenCaptions } from "./captions/frozen-captions.ts";
import type { TrainingData } from "./data/training-data.ts";
import type { TrainState } from "./train-state.ts";
import { averagedWeights, storedWeights } from "./write-component.ts";
import { writeModel } from "./write-model.ts";

/** A finished model that a training starts from. */
export type ExistingModel = Awaited<ReturnType<typeof openExistingModel>>;

/** @param path - a complete model folder @throws InvalidFileError naming what is missing or damaged */
export async function openExistingModel(path: string) {
  const folder = await openModelFolder(path);
  const checkpoints = {
    textEncoder: openCheckpoint(folder.textEncoder),
    transformer: openCheckpoint(folder.transformer),
  };
  const all: Checkpoint = {
    folder: path,
    tensors: new Map([...checkpoints.textEncoder.tensors, ...checkpoints.transformer.tensors]),
  };
  const { shift } = await readSchedulerConfig(join(folder.scheduler, "scheduler_config.json"));
  return {
    path,
    folder,
    textEncoder: await readJsonFile(configPath("text_encoder", folder.textEncoder), textEncoderConfig),
    transformer: await readJsonFile(configPath("transformer", folder.transformer), transformerConfig),
    shift,
    sampling: await readSamplingConfig(folder.modelIndex, shift),
    tokenizer: await loadTokenizer(folder.tokenizer),
    checkpoints,
    all,
    /** Hashes of both networks' weights: a training checkpoint is useless without the same weights. */
    weightHashes: [await hashComponent(folder.textEncoder), await hashComponent(folder.transformer)],
  };
}

/**
 * The captions of some data through the model's text encoder, which does not learn: all that can be listed are encoded
 * now.
 */
export async function encodeCaptions(
  { folder, textEncoder, tokenizer }: ExistingModel,
  data: TrainingData,
  { output, captionTokens }: { readonly output: string; readonly captionTokens: number },
  runtime: OnnxRuntime,
): Promise<FrozenCaptions> {
  const frozen = await openFrozenCaptions(output, folder.textEncoder, textEncoder, runtime);
  const texts = data.captions?.() ?? [];
  await frozen.prepare(Array.from(texts, (text) => tokenizer.tokenizePrompt(text, captionTokens).inputIds));
  return frozen;
}

/**
 * The model with the weights that a state has learned in place of its own.
 * @param output - the folder to write
 * @param sampling - in place of the model's own
 * @returns the folder
 */
export async function writeLearnedModel(
  output: string,
  model: ExistingModel,
  state: TrainState,
  sampling: SamplingConfig = model.sampling,
): Promise<string> {
  const { folder, shift, checkpoints } = model;
  const learned = (checkpoint: Checkpoint) =>
    new Map([...storedWeights(checkpoint), ...averagedWeights(state, (name) => checkpoint.tensors.has(name))]);
  return writeModel(output, {
    textEncoder: { file: await configFile(folder.textEncoder), weights: learned(checkpoints.textEncoder) },
    transformer: { file: await configFile(folder.transformer), weights: learned(checkpoints.transformer) },
    vae: folder.vae,
    tokenizer: folder.tokenizer,
    shift,
    sampling,
  });
}

const configFile = (folder: string) => readJsonFile(join(folder, "config.json"), z.record(z.string(), z.unknown()));
