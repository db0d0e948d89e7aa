import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { InvalidFileError } from "../../../shared/errors.ts";
import type { Component } from "./component-config.ts";
import { type IdentifiedFile, type IdentifiedPart, identifyFile } from "./identify-file.ts";
import { candidatesIn, candidatesUnder, folderOfName, foldersAround, isFile } from "./part-files.ts";

/**
 * Folders of a `models` folder of ComfyUI (and of its download page) or of Forge, in which each component is a file of
 * its own; whatever their case.
 */
const placesOf: Readonly<Record<Component, readonly string[]>> = {
  transformer: ["diffusion_models", "unet", "checkpoints", "stable-diffusion", "transformer"],
  text_encoder: ["text_encoders", "text_encoder", "clip"],
  vae: ["vae"],
};
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

/** What a search came to: what was found, or why nothing of what lies there would do. */
export interface PartSearch {
  readonly found?: FoundPart;
  /** A sentence for each file that was looked at in vain. */
  readonly passedBy: readonly string[];
}

/** Why a part does not go with the others. @returns `undefined` where it does */
type Misfit = (part: IdentifiedPart) => string | undefined;

/**
 * The transformer of Z-Image in a folder that is no model folder of Hugging Face's: a ComfyUI `models` folder (or the
 * one that has it, or a copy of its download page), by what lies in each file.
 * @throws InvalidFileError when several could be meant, or the only one that is called so cannot be read
 */
export function findTransformer(dir: string): PartSearch {
  if (existsSync(join(dir, "model_index.json"))) return { passedBy: [] };
  const roots = [dir, join(dir, "models"), join(dir, "split_files")];
  const paths = roots.flatMap((root) =>
    placesOf.transformer.flatMap((place) => candidatesUnder(folderOfName(root, place))),
  );
  return choose("transformer", [...candidatesIn(dir), ...paths], misfitOf("transformer"), dir);
}

function misfitOf(component: Component): Misfit {
  return ({ isOurs }) => (isOurs ? undefined : `holds ${nameOf[component]} of another model`);
}

const nameOf: Readonly<Record<Component, string>> = {
  transformer: "a transformer",
  text_encoder: "a text encoder",
  vae: "an autoencoder",
};

/**
 * What goes with a transformer: in its own file, else in the folders around it.
 * @param misfit - what the part must have in common with the transformer
 * @throws InvalidFileError when several could be meant
 */
export function findPartFor(
  transformer: string,
  component: Exclude<Component, "transformer">,
  misfit: Misfit,
): PartSearch {
  const own = identifyFile(transformer);
  if ("parts" in own && own.parts.has(component)) return { found: { path: transformer, others: [] }, passedBy: [] };
  const passedBy: string[] = [];
  for (const [index, root] of foldersAround(transformer, maxAbove).entries()) {
    const places = placesOf[component].map((place) => folderOfName(root, place)).filter((place) => place !== undefined);
    // A folder in the Hugging Face layout counts as a whole.
    const whole = places.find((place) => existsSync(join(place, "config.json")));
    if (whole !== undefined) return { found: { path: whole, others: [] }, passedBy };
    // Files side by side count in its own folder and the one above: further up lie other people's.
    const beside = index < 2 ? candidatesIn(root).filter((path) => path !== transformer) : [];
    const both: Misfit = (part) => misfitOf(component)(part) ?? misfit(part);
    const search = choose(component, [...places.flatMap((place) => candidatesUnder(place)), ...beside], both, root);
    if (search.found) return search;
    passedBy.push(...search.passedBy);
  }
  return { passedBy };
}

/** A folder of the Hugging Face layout beside a transformer, that has the file. */
export function findFolderFor(transformer: string, name: string, file: string): string | undefined {
  return foldersAround(transformer, maxAbove)
    .map((root) => join(root, name))
    .find((path) => existsSync(join(path, file)));
}

/** The folder with the tokenizer: `tokenizer` around the transformer, else its own folder or the text encoder's. */
export function findTokenizerFor(transformer: string, textEncoder: string | undefined): string | undefined {
  const ofEncoder = textEncoder && (isFile(textEncoder) ? dirname(textEncoder) : textEncoder);
  const isTokenizer = (folder: string) =>
    ["tokenizer.json", "tokenizer_config.json"].every((name) => existsSync(join(folder, name)));
  return (
    findFolderFor(transformer, "tokenizer", "tokenizer.json") ??
    [dirname(transformer), ofEncoder].find((folder) => folder !== undefined && isTokenizer(folder))
  );
}

/** The one file that fits best. @throws InvalidFileError when two fit equally well, naming the flag that decides */
function choose(component: Component, paths: readonly string[], misfit: Misfit, where: string): PartSearch {
  const passedBy: string[] = [];
  const broken: Extract<IdentifiedFile, { problem: string }>[] = [];
  const fitting: { readonly path: string; readonly rank: number }[] = [];
  for (const file of withoutCopies(paths).map(identifyFile)) {
    if ("problem" in file) {
      broken.push(file);
      passedBy.push(file.problem);
      continue;
    }
    const part = file.parts.get(component);
    const problem = part ? misfit(part) : `holds ${file.holds}`;
    if (part && problem === undefined) {
      fitting.push({ path: file.path, rank: rankOf(component, file.path, part) });
    } else if (part || component === "transformer") {
      passedBy.push(`${file.path} ${problem}`);
    }
  }
  const [best, ...others] = fitting.toSorted((a, b) => a.rank - b.rank || a.path.length - b.path.length);
  if (best === undefined) {
    const named = broken.find(({ path }) => likelyNames[component].some((name) => name.test(stem(path))));
    if (named) throw new InvalidFileError(named.problem);
    return { passedBy };
  }
  const equal = others.filter(({ rank }) => rank === best.rank);
  if (equal.length > 0) {
    const names = [best, ...equal].slice(0, 10).map(({ path }) => path);
    const flag = component.replace("_", "-");
    const what =
      component === "transformer" ? "name one as the model, or with --transformer" : `name one with --${flag}`;
    throw new InvalidFileError(`${where}: several could be meant; ${what}: ${names.join(", ")}`);
  }
  return { found: { path: best.path, others: others.map(({ path }) => path) }, passedBy };
}

/** One path of each file under one name, the shortest: links make several, and folders that hold themselves. */
function withoutCopies(paths: readonly string[]): string[] {
  const byFile = new Map<string, string>();
  for (const path of paths.toSorted((a, b) => a.length - b.length)) {
    const stats = statSync(path, { throwIfNoEntry: false });
    const file = stats ? `${stats.dev} ${stats.ino} ${basename(path)}` : path;
    if (!byFile.has(file)) byFile.set(file, path);
  }
  return [...byFile.values()];
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
