import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InvalidInputError } from "../../shared/errors.ts";
import { exists, openModelFolder, weightFolders } from "../pipeline/model-folder.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import { int8RowsMetadata, int8RowsPart } from "../weights/int8-rows.ts";
import { writeCheckpoint } from "../weights/write-checkpoint.ts";

export const weightForms = ["int8-rows"] as const;
export type WeightForm = (typeof weightForms)[number];

export interface ConvertOptions {
  readonly modelDir: string;
  readonly to: WeightForm;
  /** Must not exist. */
  readonly outDir: string;
  /** Called after each tensor. */
  readonly onProgress?: (progress: ConvertProgress) => void;
  readonly signal?: AbortSignal;
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
 * Write a whole model folder with its weights in another form, tensor by tensor. What else lies in the folder (configuration, tokenizer, licence) is
 * copied. The folder appears complete under its name, or not at all.
 * @throws InvalidInputError when `outDir` exists or the model is in this form already
 * @throws InvalidFileError for a damaged checkpoint
 */
export async function convertModel({ modelDir, outDir, onProgress, signal }: ConvertOptions): Promise<void> {
  const out = resolve(outDir);
  if (await exists(out)) {
    throw new InvalidInputError("output_exists", `${out} exists already; name another folder, or remove it first`);
  }
  const folder = await openModelFolder(modelDir);
  const components = weightFolders(folder);
  // All headers first: what is wrong with the last one is known before the first is written.
  const checkpoints = components.map(([name, from]) => ({ name, from, checkpoint: openCheckpoint(from) }));
  for (const { from, checkpoint } of checkpoints) {
    if ([...checkpoint.tensors.values()].some(({ rowScales }) => rowScales)) {
      throw new InvalidInputError(
        "already_converted",
        `${from} is in the form int8-rows already; convert the original`,
      );
    }
  }
  await mkdir(dirname(out), { recursive: true });
  const temporary = join(dirname(out), `.${basename(out)}.${process.pid}.tmp`);
  try {
    await mkdir(temporary);
    await copyFiles(resolve(modelDir), temporary, (name) => /^(licen[cs]e|notice|readme)/i.test(name));
    await copyFile(folder.modelIndex, join(temporary, "model_index.json"));
    await copyFiles(folder.scheduler, join(temporary, "scheduler"));
    await copyFiles(folder.tokenizer, join(temporary, "tokenizer"));
    for (const { name, from, checkpoint } of checkpoints) {
      await copyFiles(from, join(temporary, name), (file) => file.endsWith(".json") && !file.includes(".safetensors"));
      const parts = Array.from(checkpoint.tensors, ([tensorName, tensor]) => int8RowsPart(tensorName, tensor));
      let done = 0;
      const onPart = () => onProgress?.({ component: name, tensor: ++done, total: parts.length });
      const options = { metadata: int8RowsMetadata, onPart, ...(signal && { signal }) };
      await writeCheckpoint(join(temporary, name, weightsFile[name]), parts, options);
    }
    await rename(temporary, out);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** The regular files of a folder, and what links in it point to. */
async function copyFiles(from: string, to: string, wanted: (name: string) => boolean = () => true): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const name of await readdir(from)) {
    const path = join(from, name);
    if (wanted(name) && (await stat(path)).isFile()) await copyFile(path, join(to, name));
  }
}
