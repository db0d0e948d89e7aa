import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { InvalidFileError } from "../../../shared/errors.ts";
import { releasedFolder } from "./component-config.ts";

/** Folders of a ComfyUI `models` folder (and of its download page), in which each component is a file of its own. */
const placesOf = {
  transformer: ["diffusion_models", "unet"],
  textEncoder: ["text_encoders", "text_encoder", "clip"],
  vae: ["vae"],
} as const;
const weightEndings = [".safetensors", ".gguf"];

/** The parts of a model that lies in single files. Absent ones were not found. */
export interface SingleFiles {
  readonly modelIndex: string;
  readonly scheduler: string;
  readonly transformer: string;
  readonly textEncoder?: string;
  readonly vae?: string;
  readonly tokenizer?: string;
}

/** Whether `path` is one weights file. */
export function isWeightsFile(path: string): boolean {
  return weightEndings.includes(extname(path)) && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}

/**
 * The transformer file in a ComfyUI `models` folder; `undefined` when `dir` is none.
 * @throws InvalidFileError when several could be meant
 */
export function transformerFileIn(dir: string): string | undefined {
  if (existsSync(join(dir, "model_index.json"))) return undefined;
  for (const place of placesOf.transformer) {
    const files = weightFiles(join(dir, place)).filter((file) => /z[-_]?image/i.test(basename(file)));
    if (files.length > 1) {
      throw new InvalidFileError(
        `${join(dir, place)}: several could be meant; name one as the model: ${files.join(", ")}`,
      );
    }
    if (files[0]) return files[0];
  }
  return undefined;
}

/** What belongs to a transformer file: looked for beside it and one folder up, in the folders of ComfyUI and of Hugging Face. */
export function filesAround(transformer: string): SingleFiles {
  const roots = [dirname(transformer), dirname(dirname(transformer))];
  // The weights do not say whether they are Turbo's; whoever published them says so in the name.
  const released = join(releasedFolder, /turbo/i.test(basename(transformer)) ? "z-image-turbo" : "z-image");
  const textEncoder = findPart(roots, placesOf.textEncoder, (name) => /qwen_?-?3.*4b/i.test(name));
  const vae = findPart(roots, placesOf.vae, (name) => /^(flux.*)?ae\./i.test(name));
  const tokenizer = roots
    .map((root) => join(root, "tokenizer"))
    .find((path) => existsSync(join(path, "tokenizer.json")));
  const scheduler = roots
    .map((root) => join(root, "scheduler"))
    .find((path) => existsSync(join(path, "scheduler_config.json")));
  return {
    modelIndex: join(released, "model_index.json"),
    scheduler: scheduler ?? join(released, "scheduler"),
    transformer,
    textEncoder: textEncoder || undefined,
    vae: vae || undefined,
    tokenizer: tokenizer || undefined,
  };
}

function findPart(
  roots: readonly string[],
  places: readonly string[],
  isIt: (name: string) => boolean,
): string | undefined {
  for (const folder of roots.flatMap((root) => [...places.map((place) => join(root, place)), root])) {
    // A folder in the Hugging Face layout counts as a whole.
    if (!roots.includes(folder) && existsSync(join(folder, "config.json"))) return folder;
    const files = weightFiles(folder).filter((file) => isIt(basename(file)));
    if (files.length > 1)
      throw new InvalidFileError(`${folder}: several could be meant; keep one of ${files.join(", ")}`);
    if (files[0]) return files[0];
  }
  return undefined;
}

function weightFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith(".") && weightEndings.includes(extname(name)))
    .map((name) => join(folder, name));
}
