import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InvalidInputError } from "../../../shared/errors.ts";
import { blockFormMetadata } from "../../weights/block-form.ts";
import { type Checkpoint, openCheckpoint } from "../../weights/checkpoint.ts";
import { convertCheckpoint } from "../../weights/convert/convert-checkpoint.ts";
import { planConversion } from "../../weights/convert/plan-conversion.ts";
import { rotatedRows, withComfyNames } from "../../weights/convrot-form.ts";
import { configPath } from "../../weights/folder/component-config.ts";
import { factsFileName } from "../../weights/folder/model-facts.ts";
import { exists, openModelFolder, weightFolders } from "../../weights/folder/model-folder.ts";
import { listFiles, readManifest, writeManifest } from "../../weights/folder/model-manifest.ts";
import type { ModelParts } from "../../weights/folder/named-parts.ts";
import { samplingFileName } from "../../weights/folder/sampling-config.ts";
import { writeCheckpoint } from "../../weights/formats/write-checkpoint.ts";
import { int8RowsMetadata, int8RowsPart } from "../../weights/int8-rows.ts";

export const weightForms = ["bf16", "int8", "int4", "int8-convrot", "int8-rows"] as const;
export type WeightForm = (typeof weightForms)[number];

export interface ConvertOptions {
  readonly modelDir: string;
  readonly to: WeightForm;
  /** Parts of the model, in place of those that would be found. */
  readonly parts?: ModelParts;
  /** Must not exist. */
  readonly outDir: string;
  /** Called after each tensor. */
  readonly onProgress?: (progress: ConvertProgress) => void;
  readonly signal?: AbortSignal;
  /** Threads that turn weights; int8-rows uses none. @default one per core for models that are worth it */
  readonly threads?: number;
}

export interface ConvertProgress {
  readonly component: string;
  /** 1..total */
  readonly tensor: number;
  readonly total: number;
}

const weightsFile = {
  text_encoder: "model.safetensors",
  transformer: "diffusion_pytorch_model.safetensors",
  vae: "diffusion_pytorch_model.safetensors",
} as const;

/**
 * Write a whole model folder with its weights in another form, a few rows at a time. What else belongs to the model
 * (configuration, tokenizer, licence) is copied, and a manifest names every file with its checksum. The folder appears
 * complete under its name, or not at all.
 * @throws InvalidInputError when `outDir` exists or the model is in a quantised form of ours already
 * @throws InvalidFileError for a damaged checkpoint
 */
export async function convertModel(options: ConvertOptions): Promise<void> {
  const { modelDir, outDir, to } = options;
  const out = resolve(outDir);
  if (await exists(out)) {
    throw new InvalidInputError("output_exists", `${out} exists already; name another folder, or remove it first`);
  }
  const folder = await openModelFolder(modelDir, options.parts);
  const components = weightFolders(folder);
  // All headers first: what is wrong with the last one is known before the first is written.
  const checkpoints = components.map(([name, from]) => ({ name, from, checkpoint: openCheckpoint(from, name) }));
  for (const { from, checkpoint } of checkpoints) {
    const form = quantizedForm(checkpoint);
    if (form) {
      throw new InvalidInputError("already_converted", `${from} is in the form ${form} already; convert the original`);
    }
  }
  const source = (await stat(modelDir)).isDirectory() ? await readManifest(modelDir) : undefined;
  await mkdir(dirname(out), { recursive: true });
  const temporary = join(dirname(out), `.${basename(out)}.${process.pid}.tmp`);
  try {
    await mkdir(temporary);
    const beside = (await stat(modelDir)).isDirectory() ? resolve(modelDir) : dirname(resolve(modelDir));
    await copyFiles(beside, temporary, (name) => /^(licen[cs]e|notice|readme)/i.test(name));
    await copyFile(folder.modelIndex, join(temporary, "model_index.json"));
    await copyFiles(
      dirname(folder.modelIndex),
      temporary,
      (name) => name === samplingFileName || name === factsFileName,
    );
    await copyFiles(folder.scheduler, join(temporary, "scheduler"));
    await copyFiles(folder.tokenizer, join(temporary, "tokenizer"));
    for (const { name, from, checkpoint } of checkpoints) {
      await mkdir(join(temporary, name));
      if ((await stat(from)).isDirectory()) {
        await copyFiles(
          from,
          join(temporary, name),
          (file) => file.endsWith(".json") && !file.includes(".safetensors"),
        );
      }
      await copyFile(configPath(name, from), join(temporary, name, "config.json"));
      await writeWeights(join(temporary, name, weightsFile[name]), name, checkpoint, options);
    }
    await writeManifest(temporary, {
      licence: source?.licence === undefined ? undefined : source.licence,
      source: source?.source && source.source,
      format: 1,
      form: to,
      files: await listFiles(temporary),
    });
    await rename(temporary, out);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

function quantizedForm({ tensors }: Checkpoint): string | undefined {
  for (const tensor of tensors.values()) {
    if (tensor.rowScales) return "int8-rows";
    if (tensor.blocks) return `int${tensor.blocks.bits}`;
    if (rotatedRows(tensor)) return "int8-convrot";
  }
  return undefined;
}

function writeWeights(
  path: string,
  component: string,
  { tensors }: Checkpoint,
  { to, threads, onProgress, signal }: ConvertOptions,
): Promise<void> {
  let done = 0;
  const onDone = () => onProgress?.({ component, tensor: ++done, total: tensors.size });
  const shared = { signal };
  if (to === "int8-rows") {
    const parts = Array.from(tensors, ([name, tensor]) => int8RowsPart(name, tensor));
    return writeCheckpoint(path, parts, { metadata: int8RowsMetadata, onPart: onDone, ...shared });
  }
  const graphNames = Array.from(tensors, ([name, tensor]) => planConversion(name, tensor, to));
  const plans = to === "int8-convrot" && component === "transformer" ? withComfyNames(graphNames) : graphNames;
  // A plain file needs no word about its form, a published form says it itself, and other programs read both.
  const metadata = to === "bf16" || to === "int8-convrot" ? undefined : blockFormMetadata;
  return convertCheckpoint(path, plans, {
    metadata,
    threads,
    onTensor: onDone,
    ...shared,
  });
}

/** The regular files of a folder, and what links in it point to. */
async function copyFiles(from: string, to: string, wanted: (name: string) => boolean = () => true): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    const path = join(from, name);
    if (wanted(name) && (await stat(path)).isFile()) await copyFile(path, join(to, name));
  }
}
