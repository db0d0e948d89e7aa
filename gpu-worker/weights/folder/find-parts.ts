import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { InvalidFileError } from "../../../shared/errors.ts";
import type { Component } from "./component-config.ts";
import { type IdentifiedFile, type IdentifiedPart, identifyFile } from "./identify-file.ts";

/**
 * Folders of a ComfyUI `models` folder (and of its download page), in which each component is a file of its own;
 * whatever their case.
 */
const placesOf: Readonly<Record<Component, readonly string[]>> = {
  transformer: ["diffusion_models", "unet", "checkpoints", "transformer"],
  text_encoder: ["text_encoders", "text_encoder", "clip"],
  vae: ["vae"],
};
const weightEndings = [".safetensors", ".sft", ".gguf"];
/** People sort their files into folders of folders. */
const maxDepth = 4;
const maxFiles = 1_000;
/** Folders above a transformer's own in which the others are looked for. */
const maxAbove = 4;

/** What people call the published file, and what is another model's with the same shapes; the best first. */
const likelyNames: Readonly<Record<Component, readonly RegExp[]>> = {
  transformer: [/z[-_ ]?image|(^|[^a-z])zi[tb]([^a-z]|$)|ZI[TB](?![a-z])/i],
  text_encoder: [/^qwen_?-?3_?-?4b$/i, /qwen.?3.?(?!vl).*4b/i],
  vae: [/^ae$/i, /^(flux|z).*(ae|vae)|^(ae|vae)[^a-z]|ultraflux/i],
};
const unlikelyNames: Readonly<Record<Component, RegExp>> = {
  transformer: /control|lora/i,
  text_encoder: /vl/i,
  vae: /sd3|sd_?xl|wan|qwen|flux\.?2|taef|tiny/i,
};

export interface FoundPart {
  readonly path: string;
  /** Files that would do as well. */
  readonly others: readonly string[];
}

/** Whether `path` is one weights file, by its name. */
export function isWeightsFile(path: string): boolean {
  return isWeightsName(path) && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}

function isWeightsName(name: string): boolean {
  return weightEndings.includes(extname(name).toLowerCase());
}

/**
 * The transformer of Z-Image in a folder that is no model folder of Hugging Face's: a ComfyUI `models` folder (or the
 * one that has it, or a copy of its download page), by what lies in each file.
 * @returns `undefined` where there is no such folder or file
 * @throws InvalidFileError when several could be meant, or the only one that is called so cannot be read
 */
export function findTransformer(dir: string): FoundPart | undefined {
  if (existsSync(join(dir, "model_index.json"))) return undefined;
  const roots = [dir, join(dir, "models"), join(dir, "split_files")];
  const files = roots.flatMap((root) => placesOf.transformer.flatMap((place) => filesUnder(folderOfName(root, place))));
  return choose("transformer", [...filesIn(dir), ...files], (part) => part.isOurs, dir);
}

/**
 * What goes with a transformer: in its own file, else in the folders around it.
 * @param fits - what the part must have in common with the transformer
 * @throws InvalidFileError when several could be meant
 */
export function findPartFor(
  transformer: string,
  component: Exclude<Component, "transformer">,
  fits: (part: IdentifiedPart) => boolean,
): FoundPart | undefined {
  const own = identifyFile(transformer);
  if ("parts" in own && own.parts.has(component)) return { path: transformer, others: [] };
  for (const [index, root] of foldersAround(transformer).entries()) {
    const places = placesOf[component].map((place) => folderOfName(root, place)).filter((place) => place !== undefined);
    // A folder in the Hugging Face layout counts as a whole.
    const whole = places.find((place) => existsSync(join(place, "config.json")));
    if (whole !== undefined) return { path: whole, others: [] };
    // Files side by side count in its own folder and the one above: further up lie other people's.
    const beside = index < 2 ? filesIn(root) : [];
    const found = choose(component, [...places.flatMap((place) => filesUnder(place)), ...beside], fits, root);
    if (found) return found;
  }
  return undefined;
}

/** A folder of the Hugging Face layout beside a transformer, that has the file. */
export function findFolderFor(transformer: string, name: string, file: string): string | undefined {
  return foldersAround(transformer)
    .map((root) => join(root, name))
    .find((path) => existsSync(join(path, file)));
}

function foldersAround(file: string): string[] {
  const folders = [dirname(file)];
  for (let above = 1; above <= maxAbove; above++) folders.push(dirname(folders.at(-1)!));
  return [...new Set(folders)];
}

/** The one file that fits best. @throws InvalidFileError when two fit equally well, naming the flag that decides */
function choose(
  component: Component,
  paths: readonly string[],
  fits: (part: IdentifiedPart) => boolean,
  where: string,
): FoundPart | undefined {
  const identified = paths.map(identifyFile);
  const fitting = identified.flatMap((file) => {
    const part = "parts" in file ? file.parts.get(component) : undefined;
    return part && fits(part) ? [{ path: file.path, rank: rankOf(component, file.path, part) }] : [];
  });
  const [best, ...others] = fitting.toSorted((a, b) => a.rank - b.rank || a.path.length - b.path.length);
  if (best === undefined) {
    const broken = identified.find((file): file is Extract<IdentifiedFile, { problem: string }> => {
      return "problem" in file && likelyNames[component].some((name) => name.test(stem(file.path)));
    });
    if (broken) throw new InvalidFileError(broken.problem);
    return undefined;
  }
  const equal = others.filter(({ rank }) => rank === best.rank);
  if (equal.length > 0) {
    const names = [best, ...equal].slice(0, 10).map(({ path }) => path);
    const flag = component.replace("_", "-");
    const what =
      component === "transformer" ? "name one as the model, or with --transformer" : `name one with --${flag}`;
    throw new InvalidFileError(`${where}: several could be meant; ${what}: ${names.join(", ")}`);
  }
  return { path: best.path, others: others.map(({ path }) => path) };
}

/** Less is better: another model's name last, what was rounded after what was not, then by the name. */
function rankOf(component: Component, path: string, { isQuantized }: IdentifiedPart): number {
  const name = stem(path);
  const likely = likelyNames[component].findIndex((pattern) => pattern.test(name));
  const byName = likely < 0 ? likelyNames[component].length : likely;
  // A quantised transformer may be the only one that fits in memory, so the user chooses between transformers.
  const rounded = isQuantized && component !== "transformer" ? 10 : 0;
  return (unlikelyNames[component].test(name) ? 100 : 0) + rounded + byName;
}

function stem(path: string): string {
  return basename(path, extname(path));
}

/** A folder by its name in any case. */
function folderOfName(root: string, name: string): string | undefined {
  const found = entriesOf(root).find((entry) => entry.toLowerCase() === name);
  const path = found && join(root, found);
  return path !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory() ? path : undefined;
}

function filesIn(folder: string): string[] {
  return entriesOf(folder)
    .map((name) => join(folder, name))
    .filter(isWeightsFile);
}

/** All weights files of a folder and those in it, in the order of their paths. */
function filesUnder(folder: string | undefined, depth = 0): string[] {
  if (folder === undefined) return [];
  const files: string[] = [];
  for (const name of entriesOf(folder)) {
    const path = join(folder, name);
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
    if (isFolder && depth < maxDepth) files.push(...filesUnder(path, depth + 1));
    else if (isWeightsFile(path)) files.push(path);
    if (files.length >= maxFiles) break;
  }
  return files;
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
