import { existsSync, readdirSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";
import { maxSide, minSide, sizeMultiple } from "../../../shared/limits.ts";
import type { ModelInfo } from "../../engine.ts";
import { textEncoderConfig, transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { elementCount } from "../../tensor.ts";
import { openCheckpoint } from "../checkpoint.ts";
import { readGguf } from "../formats/gguf.ts";
import { recogniseFile } from "../formats/recognise-file.ts";
import { readSafetensors } from "../formats/safetensors.ts";
import { checkpointLimits } from "./checkpoint-limits.ts";
import { configPath, releasedFolder } from "./component-config.ts";
import {
  type FoundPart,
  findFolderFor,
  findPartFor,
  findTokenizerFor,
  findTransformer,
  type PartSearch,
} from "./find-parts.ts";
import { identifyFile } from "./identify-file.ts";
import { readJsonFile } from "./json-file.ts";
import { missingAround, noModelIn } from "./missing-parts.ts";
import { readFolderFacts } from "./model-facts.ts";
import { familyOfFile, type ModelFamily } from "./model-family.ts";
import { checkNamedParts, checkNamedWidths, type ModelParts } from "./named-parts.ts";
import { isFile, isFolder, isWeightsFile } from "./part-files.ts";
import { readSamplingConfig } from "./sampling-config.ts";
import { readSchedulerConfig } from "./scheduler-config.ts";

/** Absolute path of each part of a checkpoint; `textEncoder`, `transformer` and `vae` are folders or single files. */
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
  /** Where nothing but a name, a header or the user says it. @default by the scheduler's shift */
  readonly family?: ModelFamily;
  /** What was assumed or chosen, in sentences for people. */
  readonly notes?: readonly string[];
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
 * - the Hugging Face layout in `dir` itself (also as links in the Hugging Face cache), whose components may be single
 *   `.safetensors` or `.gguf` files;
 * - for checkpoints that share parts, what `layout.json` beside `dir` says; with it, `NAME` may also be a file
 *   `NAME.safetensors` of the transformer alone
 *   whose name a listed checkpoint's begins, and that one supplies the rest;
 * - a ComfyUI `models` folder, or a transformer file in one, or a file that holds all components: parts are told by
 *   what is inside (`find-parts.ts`).
 * @throws InvalidFileError naming every part that is missing, or between which files nobody but the user can decide
 */
export async function openModelFolder(dir: string, named: ModelParts = {}): Promise<ModelFolder> {
  const root = resolve(dir);
  refuseCacheRoot(root);
  checkNamedParts(named);
  const layoutPath = join(dirname(root), "layout.json");
  const layouts = (await exists(layoutPath)) ? await readJsonFile(layoutPath, layoutFile) : {};
  const files = [`${root}.safetensors`, `${root}.gguf`].filter(isWeightsFile);
  const given = named.transformer ?? (isFile(root) ? root : files[0]);
  const isPublished = await exists(join(root, "model_index.json"));
  const search =
    given === undefined ? findTransformer(root) : { found: { path: resolve(given), others: [] }, passedBy: [] };
  const { found } = search;
  checkNamedWidths(named, found?.path ?? join(root, "transformer"));
  const layout = layouts[basename(root)] ?? (found && layoutOfFile(layouts, basename(found.path)));
  const around = found === undefined || layout || isPublished ? undefined : partsAround(found, named);
  const place = (name: string, path = name) => {
    const listed = layout?.[name];
    return listed === undefined ? join(root, path) : join(dirname(root), listed);
  };
  const folder: ModelFolder = {
    modelIndex: around?.modelIndex ?? place("model_index", "model_index.json"),
    scheduler: around?.scheduler ?? place("scheduler"),
    tokenizer: named.tokenizer ?? around?.tokenizer ?? place("tokenizer"),
    textEncoder: named.textEncoder ?? around?.textEncoder ?? place("text_encoder"),
    transformer: named.transformer ?? found?.path ?? place("transformer"),
    vae: named.vae ?? around?.vae ?? place("vae"),
    siglip: place("siglip"),
    siglipProcessor: place("siglip_processor"),
    listed: layout !== undefined,
    family: named.family ?? around?.family,
    notes: around?.notes,
  };
  const missing = await missingOf(folder);
  if (missing.length > 0) {
    if (around) throw missingAround(folder, missing, around.passedBy);
    if (!isPublished && !layout && !isFolder(join(root, "transformer"))) throw noModelIn(root, search.passedBy);
    throw new InvalidFileError(
      `${root} is not a complete Z-Image checkpoint; missing: ${missing.join(", ")}. Expected the Hugging Face layout ` +
        "(model_index.json and the folders scheduler, tokenizer, text_encoder, transformer, vae); download the whole " +
        "repository",
    );
  }
  await readJsonFile(folder.modelIndex, modelIndexFile);
  return folder;
}

/** The root of the Hugging Face cache, or that of one repository in it, is taken for a model by mistake. */
function refuseCacheRoot(root: string): void {
  const list = (folder: string) =>
    existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
  const snapshots = list(join(root, "snapshots"));
  if (snapshots.length > 0) {
    const paths = snapshots.map((name) => join(root, "snapshots", name)).join(" or ");
    throw new InvalidFileError(
      `${root} is a repository in the Hugging Face cache, not a model; name its snapshot: ${paths}`,
    );
  }
  const repositories = isFolder(root) ? list(root).filter((name) => name.startsWith("models--")) : [];
  if (repositories.length > 0) {
    const paths = repositories.slice(0, 5).map((name) => join(root, name, "snapshots", "…"));
    throw new InvalidFileError(
      `${root} is the Hugging Face cache, not a model; name a snapshot in it: ${paths.join(" or ")}`,
    );
  }
}

interface PartsAround
  extends Pick<ModelFolder, "modelIndex" | "scheduler" | "tokenizer" | "textEncoder" | "vae" | "family" | "notes"> {
  /** Why nothing else of what lies around would do, a sentence each. */
  readonly passedBy: readonly string[];
}

/**
 * What goes with a transformer in a file of its own. Parts that are not there have the path where they would be.
 * @throws InvalidFileError for a file that is no transformer of Z-Image
 */
function partsAround({ path, others }: FoundPart, named: ModelParts): PartsAround {
  const own = identifyFile(path);
  if ("problem" in own) throw new InvalidFileError(own.problem);
  const transformer = own.parts.get("transformer");
  if (!transformer?.isOurs) {
    const remedy =
      own.holds === "a LoRA" ? ": a LoRA goes with a model, by --lora or in the folder loras of ADAPTERS_DIR" : "";
    throw new InvalidFileError(`${path} holds ${own.holds}, expected the transformer of Z-Image${remedy}`);
  }
  const misfit = (what: string, has: number | undefined, reads: number | undefined) =>
    has === undefined || reads === undefined || has === reads
      ? undefined
      : `has ${what} of ${has} where the transformer has ${reads}`;
  const nothing: PartSearch = { passedBy: [] };
  const textEncoderSearch = named.textEncoder
    ? nothing
    : findPartFor(path, "text_encoder", ({ textWidth }) => misfit("features", textWidth, transformer.textWidth));
  const vaeSearch = named.vae
    ? nothing
    : findPartFor(path, "vae", ({ latentChannels }) => misfit("latents", latentChannels, transformer.latentChannels));
  const [textEncoder, vae] = [textEncoderSearch.found, vaeSearch.found];
  const scheduler = findFolderFor(path, "scheduler", "scheduler_config.json");
  const verdict = named.family ? { family: named.family, reason: "as asked" } : familyOfFile(path, textsOfFile(path));
  const released = join(releasedFolder, verdict.family === "turbo" ? "z-image-turbo" : "z-image");
  const above = dirname(dirname(path));
  const chosen = (what: string, part: FoundPart | undefined) =>
    part && part.others.length > 0
      ? [`${what}: ${part.path}; ${part.others.length} more would fit, such as ${part.others[0]}`]
      : [];
  const sampled = verdict.family === "turbo" ? "Turbo (8 steps, no guidance)" : "Base (50 steps, guidance)";
  return {
    modelIndex: join(released, "model_index.json"),
    scheduler: scheduler ?? join(released, "scheduler"),
    tokenizer: findTokenizerFor(path, named.textEncoder ?? textEncoder?.path) ?? join(above, "tokenizer"),
    textEncoder: textEncoder?.path ?? join(above, "text_encoders"),
    vae: vae?.path ?? join(above, "vae"),
    // The shift tells the family, where there is one.
    family: named.family ?? (scheduler ? undefined : verdict.family),
    notes: [
      ...(scheduler ? [] : [`${basename(path)} is taken for ${sampled}: ${verdict.reason}`]),
      ...chosen("transformer", { path, others }),
      ...chosen("text encoder", textEncoder),
      ...chosen("VAE", vae),
    ],
    passedBy: [...(textEncoder ? [] : textEncoderSearch.passedBy), ...(vae ? [] : vaeSearch.passedBy)],
  };
}

/** Texts of a file's header, in which publishers say what a model is. */
function textsOfFile(path: string): string[] {
  try {
    const metadata = "magic" in recogniseFile(path) ? headerTexts(path) : [];
    return metadata.filter((text) => typeof text === "string");
  } catch {
    return []; // errors of the file are reported when its weights are read
  }
}

function headerTexts(path: string): unknown[] {
  const recognised = recogniseFile(path);
  if ("magic" in recognised && recognised.magic === "gguf") return [readGguf(path).metadata.get("general.name")];
  const { metadata } = readSafetensors(path);
  return ["modelspec.title", "modelspec.architecture", "general.name", "base_model"].map((key) => metadata.get(key));
}

async function missingOf(folder: ModelFolder): Promise<string[]> {
  const needed = [
    folder.modelIndex,
    join(folder.scheduler, "scheduler_config.json"),
    join(folder.tokenizer, "tokenizer.json"),
    join(folder.tokenizer, "tokenizer_config.json"),
    ...weightFolders(folder).map(([component, path]) => configPath(component, path)),
  ];
  const missing: string[] = [];
  for (const path of needed) if (!(await exists(path))) missing.push(path);
  return missing;
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

/** The parts that hold weights, by their names in the Hugging Face layout, in the order an image needs them. */
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
  /** In place of those that would be found. */
  readonly parts?: ModelParts;
}

/** Parameters of the released transformer. */
const releasedParameters = 6_154_908_736;

/**
 * What a checkpoint is, from its configuration and tensor headers; no weight is read. A model that needs no guidance is
 * of the Turbo family.
 * @throws InvalidFileError
 */
export async function readModelInfo(
  dir: string,
  { modelId, random, parts }: ModelInfoOptions = {},
): Promise<ModelInfo> {
  const folder = await openModelFolder(dir, parts);
  const { shift } = await readSchedulerConfig(join(folder.scheduler, "scheduler_config.json"));
  const { numInferenceSteps, guidanceScale } = await readSamplingConfig(folder.modelIndex, shift, folder.family);
  const family = guidanceScale === 0 ? "turbo" : "base";
  const transformerParameters = [...openCheckpoint(folder.transformer, "transformer").tensors.values()].reduce(
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
        : basename(resolve(dir)).replace(/\.(safetensors|sft|gguf)$/i, "")),
    family,
    random: isRandom,
    defaultSteps: numInferenceSteps,
    defaultGuidance: guidanceScale,
    // Noise is no better for being large.
    defaultSide: isRandom ? 256 : trainedSide,
    transformerParameters,
    capabilities: transformer.siglipFeatDim ? ["references"] : undefined,
    limits: checkpointLimits(transformer, textEncoder),
    facts: await readFolderFacts(resolve(dir)),
    notes: folder.notes,
  };
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
