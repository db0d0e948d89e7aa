import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { InvalidFileError } from "../../shared/errors.ts";
import { elementCount } from "../tensor.ts";
import { toReferenceNames } from "./checkpoint-names.ts";
import type { Component } from "./folder/component-config.ts";
import { isFile, shardCount } from "./folder/part-files.ts";
import { readGguf } from "./formats/gguf.ts";
import { duplicateKey } from "./formats/json-keys.ts";
import { recogniseFile } from "./formats/recognise-file.ts";
import { readSafetensors, type StoredTensor } from "./formats/safetensors.ts";
import { resolveForm } from "./int8-rows.ts";

/**
 * The tensors of one component (transformer, text encoder, VAE), whatever number of files they lie in, under the names
 * that the graphs use.
 */
export interface Checkpoint {
  /** The component's folder, or its one file. */
  readonly folder: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const indexSuffix = ".safetensors.index.json";
const maxIndexBytes = 10_000_000;

/**
 * Open a component as it was published: a folder in the Hugging Face layout (one `*.safetensors`, or
 * `*.safetensors.index.json` with its shards), a folder with one `*.gguf`, or such a file itself, as ComfyUI keeps
 * them, alone or beside the model's other components. Files may be symbolic links, as in the Hugging Face cache. With
 * an index, every tensor of the named shards counts, as in the reference loaders, and the index must tell the truth
 * about those it lists. Other people's tensor names are turned into the graphs' (`checkpoint-names.ts`), their
 * quantised forms are resolved (`forms/`), and what `npm run models -- convert` wrote is read as well. A file is what
 * its first bytes say, whatever its name ends in.
 * @param component - which one, of a file that holds several. @default the transformer, else the only one
 * @throws InvalidFileError naming the file, what it is where it holds no weights, and the tensor where there is one
 */
export function openCheckpoint(path: string, component?: Component): Checkpoint {
  return { folder: path, tensors: toReferenceNames(path, weightsAt(path), component) };
}

/** The tensors of a file, or of a folder's, under the names that they have there. @throws InvalidFileError */
export function weightsAt(path: string): ReadonlyMap<string, StoredTensor> {
  return isFile(path) ? weightsOfFile(path) : folderTensors(path);
}

/**
 * The tensors of one file under the names that it gives them; headers alone are read.
 * @throws InvalidFileError naming the file, and what it is where it holds no weights
 */
export function weightsOfFile(path: string): ReadonlyMap<string, StoredTensor> {
  const recognised = recogniseFile(path);
  if ("problem" in recognised) throw new InvalidFileError(`${path}: ${recognised.problem}`);
  if (recognised.magic === "gguf") return readGguf(path).tensors;
  return resolveForm(readSafetensors(path));
}

function folderTensors(folder: string): ReadonlyMap<string, StoredTensor> {
  const names = listFolder(folder);
  const index = only(folder, names, indexSuffix);
  if (index === undefined) return weightsOfFile(join(folder, singleFile(folder, names)));
  const weightMap = readIndex(join(folder, index));
  const tensors = new Map<string, StoredTensor>();
  const metadata = new Map<string, string>();
  const shardOf = new Map<string, string>();
  for (const shard of new Set(weightMap.values())) {
    const path = join(folder, shard);
    // A missing tensor is reported by its reader.
    const recognised = names.includes(shard) ? recogniseFile(path) : { magic: "safetensors" };
    if ("problem" in recognised) throw new InvalidFileError(`${path}: ${recognised.problem}`);
    const file = readSafetensors(path);
    for (const [key, value] of file.metadata) metadata.set(key, value);
    for (const [name, tensor] of file.tensors) {
      const other = shardOf.get(name);
      if (other !== undefined)
        throw new InvalidFileError(`${folder}: tensor ${JSON.stringify(name)} is in ${other} and again in ${shard}`);
      shardOf.set(name, shard);
      tensors.set(name, tensor);
    }
  }
  for (const [name, shard] of weightMap) {
    const found = shardOf.get(name);
    if (found !== shard) {
      const problem = found === undefined ? "which has no such tensor" : `but it is in ${found}`;
      throw new InvalidFileError(
        `${join(folder, index)}: tensor ${JSON.stringify(name)} is said to be in ${shard}, ${problem}`,
      );
    }
  }
  // Over all shards together: a weight and its scales may be in two of them.
  return resolveForm({ path: folder, tensors, metadata });
}

/** The one file of a folder without an index. @throws InvalidFileError naming what is there in its place */
function singleFile(folder: string, names: string[]): string {
  const shards = names.filter((name) => shardCount(name) !== undefined);
  const [shard] = shards;
  if (shard !== undefined) {
    const indexName = shard.replace(/-\d{5}-of-\d{5}\.safetensors$/i, indexSuffix);
    throw new InvalidFileError(
      `${folder}: has ${shards.length} shards such as ${shard} and no index; download ${indexName} from the ` +
        "same repository beside them",
    );
  }
  const single = [".safetensors", ".sft", ".gguf"]
    .map((ending) => only(folder, names, ending))
    .find((name) => name !== undefined);
  if (single !== undefined) return single;
  const pickle = names.find((name) => /\.(bin|ckpt|pt|pth)$/i.test(name));
  if (pickle !== undefined) {
    const recognised = recogniseFile(join(folder, pickle));
    throw new InvalidFileError(
      `${join(folder, pickle)}: ${"problem" in recognised ? recognised.problem : "is not read"}`,
    );
  }
  throw new InvalidFileError(`${folder}: expected a .safetensors file or a ${indexSuffix} file, found neither`);
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith("."));
  } catch (cause) {
    throw new InvalidFileError(`${folder} cannot be opened as a checkpoint folder: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The one file with the ending; `model` and `diffusion_pytorch_model` win over variants such as `model.fp16`. */
function only(folder: string, names: string[], suffix: string): string | undefined {
  const matches = names.filter((name) => name.toLowerCase().endsWith(suffix));
  const preferred = matches.filter((name) =>
    ["model", "diffusion_pytorch_model"].includes(name.slice(0, -suffix.length)),
  );
  const [first, ...rest] = preferred.length > 0 ? preferred : matches;
  if (rest.length > 0) {
    throw new InvalidFileError(
      `${folder}: expected one ${suffix} file, found ${[first, ...rest].join(", ")}; keep one of them`,
    );
  }
  return first;
}

function readIndex(path: string): Map<string, string> {
  const fail = (message: string, cause?: unknown) => new InvalidFileError(`${path}: ${message}`, { cause });
  let text: string;
  let index: unknown;
  try {
    const { size } = statSync(path);
    if (size > maxIndexBytes) throw new Error(`${size} bytes, expected at most ${maxIndexBytes}`);
    text = readFileSync(path, "utf8");
    index = JSON.parse(text);
  } catch (cause) {
    throw fail(`cannot be read as JSON: ${(cause as Error).message}`, cause);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw fail(`has ${JSON.stringify(twice)} twice`);
  const weightMap = isRecord(index) ? index.weight_map : undefined;
  if (!isRecord(weightMap)) throw fail("expected an object weight_map of tensor names and shard files");
  const shards = new Map<string, string>();
  for (const [name, shard] of Object.entries(weightMap)) {
    if (!isShardName(shard)) {
      throw fail(
        `tensor ${JSON.stringify(name)}: expected the name of a .safetensors file in the same folder, got ` +
          `${JSON.stringify(shard)}`,
      );
    }
    shards.set(name, shard);
  }
  if (shards.size === 0) throw fail("weight_map is empty");
  return shards;
}

/** A bare file name: no folder, no `..`, no absolute path, no control character. */
function isShardName(value: unknown): value is string {
  return typeof value === "string" && /^[\w][\w.-]*\.safetensors$/.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Number of weights. */
export function parameterCount({ tensors }: Checkpoint): number {
  let count = 0;
  for (const { shape } of tensors.values()) count += elementCount(shape);
  return count;
}
