import * as z from "zod";
import { isAdapterAddress } from "../adapters/adapter-id.ts";
import type { ImageParams, JobWebhook, Lane } from "../job.ts";
import {
  defaultControlScale,
  defaultStrength,
  maxImagesPerJob,
  maxImagesPerOpenaiRequest,
  maxPixels,
  maxSide,
} from "../limits.ts";
import { type CatalogModel, findModel } from "../model-catalog/model-catalog.ts";
import { modelProblems } from "../model-catalog/model-problems.ts";
import { modelWarnings, sizeWarnings } from "../model-catalog/model-warnings.ts";
import { vocabularyWarnings } from "../model-catalog/vocabulary-warnings.ts";
import { makeWarning, type Warning } from "../warnings/warning.ts";
import type { CallerName } from "./caller-names.ts";
import { type ExplainUnknown, type FieldError, InvalidRequestError, parseFields } from "./field-errors.ts";
import { type ImageRequest, imageRequestSchema } from "./image-request.ts";
import { passedParams } from "./passed-fields.ts";
import { productProblems } from "./product-problems.ts";
import { drawsNothing, finishedSizeProblem } from "./product-rules.ts";
import { randomSeed } from "./seed.ts";
import { namesSize, refineProblem, resolveSize } from "./size/image-size.ts";

/** A request that can be carried out: every value effective. */
export interface ImageSubmission {
  /** Without `latentsKey`, which exists once `latents` are stored. */
  readonly params: ImageParams;
  /** Bytes of float32 little-endian `[16, height/8, width/8]`. */
  readonly latents?: Uint8Array;
  /** The request names the seed itself; else it was drawn. */
  readonly seedGiven: boolean;
  /**
   * Names an image and no size: `params` have the model's until `followImageSize` is told that of the image to start
   * from, or of the control image where there is no other.
   */
  readonly followsImageSize: boolean;
  /** As the request names them; their keys in `params` exist once they are stored. */
  readonly inputImages: InputImages;
  readonly response: "url" | "b64";
  /** False where nothing is kept once the response is delivered. @default true */
  readonly store?: boolean | undefined;
  readonly lane: Lane;
  /** Micro-units. */
  readonly maxCost?: number;
  readonly webhook?: JobWebhook;
  readonly metadata: { readonly [key: string]: string };
  readonly deadlineS?: number;
  readonly warnings: readonly Warning[];
  /**
   * Names of the fields in the API that the request came through, for what is wrong with them.
   * @default the native ones
   */
  readonly callerName?: CallerName;
}

/** Images of a request: data URLs, addresses or ids of uploaded files. */
export interface InputImages {
  readonly image?: string;
  readonly mask?: string;
  readonly references?: readonly string[];
  readonly controlImage?: string;
}

export interface ImageRequestContext {
  /** Not empty; the first is the default. */
  readonly models: readonly CatalogModel[];
  /** A seed for requests that name none. */
  readonly newSeed: () => number;
  /** Most images of one request. @default `maxImagesPerJob` */
  readonly maxImages?: number;
}

/** The same body with as many images as another API allows. */
const withMoreImages = imageRequestSchema.extend({ n: z.int().min(1).max(maxImagesPerOpenaiRequest).optional() });

/**
 * Validate a native job body and fill in the model's defaults.
 * @throws InvalidRequestError naming each field that cannot be accepted
 */
export function parseImageRequest(body: unknown, context: ImageRequestContext): ImageSubmission {
  const schema = (context.maxImages ?? maxImagesPerJob) > maxImagesPerJob ? withMoreImages : imageRequestSchema;
  return submissionOf(parseFields(schema, body, explainUnknownField), context);
}

/** The rules between fields, and those that depend on the model. */
function submissionOf(request: ImageRequest, { models, newSeed }: ImageRequestContext): ImageSubmission {
  const model = request.model === undefined ? models[0]! : findModel(models, request.model);
  if (model === undefined) throw new InvalidRequestError([unknownModel(request.model!, models)]);

  const isUndrawn = drawsNothing(request);
  // What is not drawn need not fit the model.
  const canvas = isUndrawn ? { ...model, limits: { ...model.limits, maxSide, maxPixels } } : model;
  const found = resolveSize(request, canvas);
  const size = "width" in found ? { width: found.width, height: found.height } : { width: 0, height: 0 };
  const guidance = isUndrawn ? 0 : (request.guidance ?? model.defaultGuidance);
  // Work without drawing is counted, and paid, as one step.
  const steps = isUndrawn ? 1 : (request.sigmas?.length ?? request.steps ?? model.defaultSteps);
  const seed = request.seed === randomSeed ? undefined : request.seed;
  const format = request.output?.format ?? "png";
  const isPhoto = request.product !== undefined || request.crop !== undefined;
  const followsImageSize = request.image !== undefined && !namesSize(request) && !isPhoto;
  const tooLarge = followsImageSize ? undefined : refineProblem(request.upscale, size, model.limits);
  const errors = [...found.errors, ...modelProblems(request, model)];
  errors.push(...fieldProblems(request), ...productProblems(request));
  if (tooLarge !== undefined) errors.push(tooLarge);
  const finished = request.finish?.size;
  const ill = finished === undefined || errors.length > 0 ? undefined : finishedSizeProblem(finished, size);
  if (ill !== undefined) errors.push({ param: "finish.size", code: "invalid_size", message: ill });
  const latents = request.latents === undefined || errors.length > 0 ? undefined : decodeLatents(request.latents, size);
  if (typeof latents === "string") errors.push({ param: "latents", code: "invalid_value", message: latents });
  const [first, ...rest] = errors;
  if (first !== undefined) throw new InvalidRequestError([first, ...rest]);
  return {
    params: {
      model: model.id,
      ...passedParams(request),
      ...size,
      n: request.n ?? 1,
      seed: seed ?? newSeed(),
      steps,
      guidance,
      format,
      parametersInFile: request.output?.parameters === false ? false : undefined,
      quality: format !== "png" ? (request.output?.quality ?? defaultQuality[format]) : undefined,
      ...imageParams(request, model),
    },
    seedGiven: seed !== undefined,
    followsImageSize,
    inputImages: {
      image: request.image,
      mask: request.mask,
      references: request.references,
      controlImage: request.controlnet?.image,
    },
    latents: typeof latents === "string" ? undefined : latents,
    response: request.response ?? "url",
    store: request.store,
    lane: request.priority ?? "interactive",
    maxCost: request.max_cost,
    webhook:
      request.webhook === undefined ? undefined : { url: request.webhook.url, events: request.webhook.events ?? [] },
    metadata: request.metadata ?? {},
    deadlineS: request.deadline_s,
    warnings: [
      ...warningsOf(request, { size, guidance, steps, format }, model),
      ...(isUndrawn ? [] : vocabularyWarnings(request.prompt ?? "", model)),
    ],
  };
}

/** Fields that contradict each other, or miss one that they need. */
function fieldProblems(request: ImageRequest): FieldError[] {
  const problems: FieldError[] = [];
  const refuse = (param: string, message: string) => problems.push({ param, code: "invalid_value", message });
  if (request.sigmas !== undefined && request.steps !== undefined && request.steps !== request.sigmas.length) {
    refuse(
      "steps",
      `steps and sigmas disagree about the number of steps: ${request.steps} and ${request.sigmas.length}; give one of them`,
    );
  }
  if (request.sigmas !== undefined && request.shift !== undefined) {
    refuse("shift", "sigmas are noise levels as they are, without any shift; give one of sigmas and shift");
  }
  for (const needy of ["mask", "strength"] as const) {
    if (request[needy] !== undefined && request.image === undefined) {
      refuse(needy, `${needy} needs image, which is missing; give both`);
    }
  }
  const { start = 0, end = 1 } = request.controlnet ?? {};
  if (start >= end)
    refuse("controlnet.start", `controlnet.start must be below controlnet.end, got ${start} and ${end}`);
  for (const [index, { id, path }] of (request.loras ?? []).entries()) {
    if ((id === undefined) === (path === undefined))
      refuse(`loras.${index}`, `loras.${index} needs one of id and path`);
  }
  if (request.latents !== undefined && request.image !== undefined) {
    refuse("latents", "latents and image are both starting points; give one");
  }
  const { n = 1 } = request;
  if (request.latents !== undefined && n > 1) refuse("n", `n must be 1 when latents are given, got ${n}`);
  return problems;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Warnings for valid requests that probably do not do what the caller meant. */
function warningsOf(
  request: ImageRequest,
  { size, guidance, steps, format }: Pick<ImageParams, "guidance" | "steps" | "format"> & { readonly size: Size },
  model: CatalogModel,
): Warning[] {
  const warnings = [...modelWarnings({ guidance, steps }, model), ...sizeWarnings(size, model)];
  if (request.negative_prompt && guidance === 0)
    warnings.push(makeWarning("negative_prompt_unused", {}, "negative_prompt"));
  const [firstSigma = 1] = request.sigmas ?? [];
  if (firstSigma < 1 && request.image === undefined) {
    warnings.push(makeWarning("sigmas_begin_low", { first: firstSigma }, "sigmas"));
  }
  for (const setting of ["mask_mode", "mask_blend"] as const) {
    if (request[setting] !== undefined && request.mask === undefined)
      warnings.push(makeWarning("mask_missing", { field: setting }, setting));
  }
  if (format === "png" && request.output?.quality !== undefined)
    warnings.push(makeWarning("quality_unused", {}, "output.quality"));
  return warnings;
}

/** A Hugging Face repository's address, where it is named alone. Workers' files in subfolders have such names too. */
function addressOf(path: string, { adapters }: CatalogModel): string {
  return isAdapterAddress(path) || adapters?.loras?.has(path) ? path : `https://huggingface.co/${path}`;
}

/** Parameters that belong to the input images. The ControlNet's key is filled in once its image is stored. */
function imageParams(
  request: ImageRequest,
  model: CatalogModel,
): Pick<ImageParams, "strength" | "maskMode" | "loras" | "controlNet"> {
  const { image, mask, mask_mode: maskMode, loras, controlnet, product, crop } = request;
  const wholly = mask !== undefined || product !== undefined || crop !== undefined;
  return {
    strength: image === undefined ? undefined : (request.strength ?? (wholly ? 1 : defaultStrength)),
    maskMode: mask === undefined ? undefined : (maskMode ?? "white"),
    loras:
      loras && loras.length > 0
        ? loras.map(({ id, path = "", scale = 1 }) => ({ id: id ?? addressOf(path, model), scale }))
        : undefined,
    controlNet: controlnet && {
      id: controlnet.id,
      imageKey: "",
      scale: controlnet.scale ?? defaultControlScale,
      start: controlnet.start,
      end: controlnet.end,
      preprocess: controlnet.preprocess,
    },
  };
}

const defaultQuality = { jpeg: 90, webp: 90, avif: 65 } as const;

export function unknownModel(name: string, models: readonly CatalogModel[]): FieldError {
  const known = models.map(({ id }) => id).join(", ");
  const shown = name.length <= 100 ? name : `${name.slice(0, 97)}...`;
  return {
    param: "model",
    code: "model_not_found",
    message: `model ${JSON.stringify(shown)} is not served here; try ${known}`,
  };
}

/** @returns the bytes, or what is wrong with them */
function decodeLatents(
  text: string,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array | string {
  const shape = `[16, ${height / 8}, ${width / 8}]`;
  const wanted = 16 * (height / 8) * (width / 8) * 4;
  const bytes = Buffer.from(text, "base64");
  if (unpadded(bytes.toString("base64")) !== unpadded(text)) return "latents must be base64";
  if (bytes.length !== wanted) {
    return `latents must be float32 ${shape}, ${wanted} bytes for ${width}x${height}, got ${bytes.length} bytes`;
  }
  for (let offset = 0; offset < wanted; offset += 4) {
    if (!Number.isFinite(bytes.readFloatLE(offset)))
      return `latents must be finite, got ${bytes.readFloatLE(offset)} at value ${offset / 4}`;
  }
  return bytes;
}

/** Base64 without its padding, of which there are at most two characters. */
function unpadded(base64: string): string {
  const end = base64.endsWith("==") ? -2 : base64.endsWith("=") ? -1 : undefined;
  return base64.slice(0, end);
}

/** Capabilities of other services that this one lacks: refused by name, so that they do not look like typing errors. */
const unsupportedCapabilities: ReadonlySet<string> = new Set([
  "preset",
  "prompt_extend",
  "safety",
  "provenance",
  "style",
  "background",
  "round_size",
  "output.sizes",
]);

/** Names that other services use for fields of ours. */
const otherNames: { readonly [name: string]: string } = {
  num_inference_steps: "steps",
  guidance_scale: "guidance",
  cfg_scale: "guidance",
  num_images: "n",
  num_outputs: "n",
  image_size: "size",
  negativePrompt: "negative_prompt",
  output_format: "output.format",
  output_quality: "output.quality",
  quality: "output.quality",
  format: "output.format",
  response_format: "response",
  webhook_url: "webhook.url",
  images: "image or references",
  init_image: "image",
  mask_image: "mask",
  "output.upscale": "upscale",
  input: "prompt",
};

export const explainUnknownField: ExplainUnknown = (param) => {
  if (unsupportedCapabilities.has(param)) {
    const message = `${param} is not supported here; GET /v1/models lists what the models can do`;
    return { param, code: "unsupported_capability", message };
  }
  if (Object.hasOwn(otherNames, param)) {
    return { param, code: "unknown_field", message: `unknown field ${param}; did you mean ${otherNames[param]}?` };
  }
  return undefined;
};
