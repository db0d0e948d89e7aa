import { existsSync, lstatSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";

const weightEndings = [".safetensors", ".sft", ".gguf"];
/** Not read, but worth a word to whoever looks for a model among them. */
const pickleEndings = [".ckpt", ".pt", ".pth", ".bin"];
const indexEnding = ".safetensors.index.json";
/** People sort their files into folders of folders. */
const maxDepth = 4;
const maxFiles = 1_000;

/** Whether `path` is one weights file, by its name. */
export function isWeightsFile(path: string): boolean {
  return hasEnding(path, weightEndings) && isFile(path);
}

/**
 * What may hold a component in a folder: its weights files, and the folder itself in place of shards that lie in it
 * with their index. Also files that are not read and links that lead nowhere, for messages.
 */
export function candidatesIn(folder: string): string[] {
  const names = entriesOf(folder);
  const hasIndex = names.some((name) => name.toLowerCase().endsWith(indexEnding));
  const paths = names
    .filter((name) => hasEnding(name, [...weightEndings, ...pickleEndings]))
    .map((name) => join(folder, name))
    .filter((path) => isFile(path) || isLink(path));
  if (!hasIndex) return paths;
  return [folder, ...paths.filter((path) => shardCount(path) === undefined)];
}

/** The same of a folder and those in it, in the order of their paths. */
export function candidatesUnder(folder: string | undefined, depth = 0): string[] {
  if (folder === undefined) return [];
  const paths = candidatesIn(folder);
  for (const name of depth < maxDepth ? entriesOf(folder) : []) {
    const path = join(folder, name);
    if (isFolder(path)) paths.push(...candidatesUnder(path, depth + 1));
    if (paths.length >= maxFiles) break;
  }
  return paths;
}

/** How many shards there are, of a file whose name says that it is one of several. */
export function shardCount(path: string): number | undefined {
  const count = Number(/-\d{5}-of-(\d{5})\.safetensors$/i.exec(basename(path))?.[1] ?? 1);
  return count > 1 ? count : undefined;
}

/** A folder by its name in any case. */
export function folderOfName(root: string, name: string): string | undefined {
  const found = entriesOf(root).find((entry) => entry.toLowerCase() === name);
  const path = found && join(root, found);
  return path !== undefined && isFolder(path) ? path : undefined;
}

/** The folder of a file, and those above it. */
export function foldersAround(file: string, above: number): string[] {
  const folders = [dirname(file)];
  while (folders.length <= above) folders.push(dirname(folders.at(-1)!));
  return [...new Set(folders)];
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

function hasEnding(name: string, endings: readonly string[]): boolean {
  return endings.includes(extname(name).toLowerCase());
}

function entriesOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .sort();
  } catch {
    return []; // no folder, or one that is not ours to read
  }
}
