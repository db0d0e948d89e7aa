import { maxPixels, maxPromptCharacters, maxSequenceLength, maxSide, minSide } from "../limits.ts";
import { releasedExamples, releasedSizes } from "./model-examples.ts";
import type { ModelFacts, NativeSize, Vocabulary, Words } from "./model-facts.ts";

/** Facts about each model that are known before any is loaded: names, defaults, limits, licence. */

/** Limits on a request to a model. A request beyond it is refused, except for `maxPromptTokens`. */
export interface ModelLimits {
  /** Sides in pixels, multiples of `sizeMultiple`. */
  readonly minSide: number;
  readonly maxSide: number;
  /** Pixels of one image. */
  readonly maxPixels: number;
  /**
   * Text tokens that the model reads. The API has no tokenizer: a longer prompt is cut by the worker, with a warning.
   */
  readonly maxPromptTokens: number;
  readonly maxPromptCharacters: number;
}

export interface CatalogModel {
  /** Canonical id, kept in `ImageParams.model`. */
  readonly id: string;
  /** Other names accepted in requests. */
  readonly aliases: readonly string[];
  /** Aliases that `GET /v1/models` lists as models too: the operator's own. */
  readonly listedNames?: readonly string[];
  readonly name: string;
  readonly family: "turbo" | "base";
  /** True for the checkpoint with random weights: its images are noise, and the product says so. */
  readonly random: boolean;
  readonly defaultSteps: number;
  /** 0 is off. */
  readonly defaultGuidance: number;
  /** The checkpoint was distilled without guidance and has no use for it. */
  readonly guidanceSupported: boolean;
  readonly defaultWidth: number;
  readonly defaultHeight: number;
  /**
   * Capabilities of the model. A request for anything else is refused, except guidance and negative prompts, which have
   * a warning.
   */
  readonly capabilities: readonly string[];
  readonly limits: ModelLimits;
  /** Ids that requests may name; a kind that is undefined is not known here, and every id of it is accepted. */
  readonly adapters?: {
    readonly loras: ReadonlySet<string> | undefined;
    readonly controlnets: ReadonlySet<string> | undefined;
  };
  readonly licence: string;
  readonly source: string;
  /** As in `ModelFacts`. @default not known */
  readonly revision?: string;
  /** Sizes that the model was made for, the default one first. */
  readonly nativeSizes: readonly NativeSize[];
  /** Prompts that show what the model can do. */
  readonly examples: readonly Words[];
  /** All that the model knows. @default whatever its prompt says */
  readonly vocabulary?: Vocabulary;
  /** Release of the checkpoint, seconds since the epoch. */
  readonly createdS: number;
  readonly ownedBy: string;
}

type FamilyEntry = Omit<CatalogModel, "random">;

/** Limits of the released checkpoints. */
const releasedLimits: ModelLimits = {
  minSide,
  maxSide,
  maxPixels,
  maxPromptTokens: maxSequenceLength,
  maxPromptCharacters,
};

const turbo: FamilyEntry = {
  id: "z-image-turbo",
  aliases: ["Tongyi-MAI/Z-Image-Turbo", "prunaai/z-image-turbo", "fal-ai/z-image/turbo"],
  name: "Z-Image-Turbo",
  family: "turbo",
  defaultSteps: 8,
  defaultGuidance: 0,
  guidanceSupported: false,
  defaultWidth: 1024,
  defaultHeight: 1024,
  capabilities: [
    "text-to-image",
    "image-to-image",
    "inpainting",
    "controlnet",
    "loras",
    "upscale",
    "latents",
    "previews",
  ],
  nativeSizes: releasedSizes,
  examples: releasedExamples,
  limits: releasedLimits,
  licence: "Apache-2.0",
  source: "https://huggingface.co/Tongyi-MAI/Z-Image-Turbo",
  createdS: Date.UTC(2025, 10, 26) / 1000,
  ownedBy: "Tongyi-MAI",
};

const base: FamilyEntry = {
  id: "z-image",
  aliases: ["Tongyi-MAI/Z-Image", "fal-ai/z-image/base"],
  name: "Z-Image",
  family: "base",
  defaultSteps: 50,
  defaultGuidance: 4,
  guidanceSupported: true,
  defaultWidth: 1024,
  defaultHeight: 1024,
  capabilities: [
    "text-to-image",
    "image-to-image",
    "inpainting",
    "controlnet",
    "loras",
    "upscale",
    "negative-prompt",
    "guidance",
    "latents",
    "previews",
  ],
  nativeSizes: releasedSizes,
  examples: releasedExamples,
  limits: releasedLimits,
  licence: "Apache-2.0",
  source: "https://huggingface.co/Tongyi-MAI/Z-Image",
  createdS: Date.UTC(2026, 0, 27) / 1000,
  ownedBy: "Tongyi-MAI",
};

/** Owner of models that are no release of their family. */
const trainers: { readonly [id: string]: string } = { "zimage-tiny": "z-image-pipeline" };
const unknownTrainer = "custom";

export interface LoadedModel {
  readonly id: string;
  readonly family: "turbo" | "base";
  readonly random: boolean;
  /** Sides of an image when the request does not say. @default 1024 */
  readonly defaultSide?: number;
  /** Limits of the checkpoint that differ from the released ones'. */
  readonly limits?: Partial<ModelLimits>;
  /** Capabilities of the checkpoint beyond its family's, such as `references`. */
  readonly capabilities?: readonly string[];
  /** @default those of the family's release */
  readonly defaultSteps?: number;
  readonly defaultGuidance?: number;
  /** What its folder says of it. @default what is known of the family's release, or nothing */
  readonly facts?: ModelFacts;
}

/** Licence of weights whose folder does not say. */
const unknownLicence = "unknown";

/**
 * The entry of a loaded checkpoint. One that has a name of its own (a folder's) also answers to its family's names,
 * so that clients written for the released model need no change. The worker's `ModelInfo` fits as it is.
 */
export function catalogModel(loaded: LoadedModel): CatalogModel {
  const family = loaded.family === "turbo" ? turbo : base;
  const { random, defaultSide = family.defaultWidth, limits, capabilities = [], facts = {} } = loaded;
  const madeFor = { width: defaultSide, height: defaultSide };
  const entry: CatalogModel = {
    ...family,
    random,
    defaultWidth: defaultSide,
    defaultHeight: defaultSide,
    nativeSizes: defaultSide === family.defaultWidth ? family.nativeSizes : [madeFor],
    limits: { ...family.limits, ...limits },
    capabilities: [...family.capabilities, ...capabilities],
    defaultSteps: loaded.defaultSteps ?? family.defaultSteps,
    defaultGuidance: loaded.defaultGuidance ?? family.defaultGuidance,
  };
  const name = loaded.random
    ? `${family.name} layout with random weights (noise, for trying the pipeline)`
    : family.name;
  if (loaded.random) {
    const aliases = namesBeside(loaded.id, family);
    const drawsNoise = { source: "random weights", ownedBy: unknownTrainer, examples: [] };
    return { ...entry, ...drawsNoise, id: loaded.id, aliases, name };
  }
  if (loaded.id === family.id) return withFacts(entry, facts);
  const ownedBy = Object.hasOwn(trainers, loaded.id) ? trainers[loaded.id]! : unknownTrainer;
  const own: CatalogModel = {
    ...entry,
    id: loaded.id,
    aliases: namesBeside(loaded.id, family),
    name: loaded.id,
    source: loaded.id,
    licence: unknownLicence,
    // A small model knows less than the release that it answers for.
    examples: defaultSide === family.defaultWidth ? family.examples : [],
    ownedBy,
  };
  return withFacts(own, facts);
}

/** The entry with what is known of it in more detail. */
export function withFacts(model: CatalogModel, facts: ModelFacts): CatalogModel {
  const { owner, licence, source, revision, sizes, examples, vocabulary } = facts;
  return {
    ...model,
    ownedBy: owner ?? model.ownedBy,
    licence: licence ?? model.licence,
    source: source ?? model.source,
    revision: revision ?? model.revision,
    nativeSizes: sizes ?? model.nativeSizes,
    examples: examples ?? model.examples,
    vocabulary: vocabulary ?? model.vocabulary,
  };
}

export function findModel(models: readonly CatalogModel[], name: string): CatalogModel | undefined {
  return models.find(({ id }) => id === name) ?? models.find(({ aliases }) => aliases.includes(name));
}

function namesBeside(id: string, family: FamilyEntry): string[] {
  return [family.id, ...family.aliases].filter((name) => name !== id);
}
