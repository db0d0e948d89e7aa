import * as z from "zod";
import type { ImageParams, JobWebhook, Lane } from "../job.ts";
import {
  defaultControlScale,
  defaultStrength,
  maxAdapterScale,
  maxGuidance,
  maxImagesPerJob,
  maxLoras,
  maxMetadataKeyCharacters,
  maxMetadataKeys,
  maxMetadataValueCharacters,
  maxPromptCharacters,
  maxReferences,
  maxSeed,
  maxSteps,
  maxUrlCharacters,
} from "../limits.ts";
import { webhookEventTypes } from "../webhooks/webhook-event.ts";
import { type ExplainUnknown, type FieldError, InvalidRequestError, parseFields } from "./field-errors.ts";
import { namesSize, refineProblem, resolveSize } from "./image-size.ts";
import { type CatalogModel, findModel } from "./model-catalog.ts";
import { modelWarnings } from "./model-warnings.ts";

export const imageFormats = ["png", "jpeg", "webp", "avif"] as const;
const maxDeadlineS = 86_400;

const maxBodyCharacters = 8_000_000;
const picture = z.string().min(1).max(maxBodyCharacters);
const howPictures = "A data: URL in base64, an https address, or the id of an uploaded file; PNG, JPEG, WebP or AVIF.";
const adapterId = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,127}$/, "must be an id of the worker's catalogue, letters, digits, . _ and -");

const prompt = z.string().min(1).max(maxPromptCharacters);

/** Body of `POST /v1/jobs`. Field names are the public contract; unknown ones are refused. */
export const imageRequestSchema = z
  .strictObject({
    model: z.string().max(200).optional().describe("Id or alias from GET /v1/models. Default: the first model served."),
    prompt: prompt.describe("What to draw, English or Chinese."),
    negative_prompt: z
      .string()
      .max(maxPromptCharacters)
      .optional()
      .describe("What to keep out. Has an effect only with guidance above 0."),
    size: z
      .string()
      .regex(/^(\d{1,5}x\d{1,5}|auto)$/, 'must be WIDTHxHEIGHT such as "1024x768", or "auto"')
      .optional()
      .describe(
        "WIDTHxHEIGHT in pixels, sides multiples of 16. One of size, width + height, aspect_ratio. " +
          "Default: with image, the nearest to its own size that can be drawn; else the model's.",
      ),
    width: z.int().optional().describe("Pixels, 64 to 2048, a multiple of 16."),
    height: z.int().optional().describe("Pixels, 64 to 2048, a multiple of 16."),
    aspect_ratio: z
      .string()
      .regex(/^[1-9]\d{0,3}:[1-9]\d{0,3}$/, 'must be two whole numbers such as "16:9"')
      .optional()
      .describe("Across:down, 1:4 to 4:1, at about the pixel count of the model's default size."),
    n: z
      .int()
      .min(1)
      .max(maxImagesPerJob)
      .optional()
      .describe("Number of pictures, with seeds seed, seed + 1, … Default 1."),
    seed: z
      .int()
      .min(0)
      .max(maxSeed)
      .optional()
      .describe("Same seed, same picture. Default: drawn at random, and reported."),
    steps: z.int().min(1).max(maxSteps).optional().describe("Denoising steps, each one forward. Default by model."),
    guidance: z
      .number()
      .min(0)
      .max(maxGuidance)
      .optional()
      .describe(
        "Classifier-free guidance scale; 0 is off. The prediction is positive + guidance · (positive − negative).",
      ),
    cfg_normalization: z
      .boolean()
      .optional()
      .describe("Keep the guided prediction's norm at most the positive one's. Default false."),
    cfg_truncation: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe("Guidance is off once 1 − sigma exceeds this. Default 1: never."),
    image: picture.optional().describe(`A picture to start from. ${howPictures}`),
    strength: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe(
        `How far from image: above 0 to 1. That share of the steps is run. Default ${defaultStrength}, with a mask 1.`,
      ),
    mask: picture.optional().describe(`Which part of image is drawn anew; the rest is kept. ${howPictures}`),
    mask_mode: z
      .enum(["white", "transparent"])
      .optional()
      .describe("What the mask marks for drawing anew: its white or its transparent parts. Default white."),
    references: z
      .array(picture)
      .min(1)
      .max(maxReferences)
      .optional()
      .describe(`Pictures that the prompt speaks of, in order; for models of the Omni architecture. ${howPictures}`),
    loras: z
      .array(
        z.strictObject({
          id: adapterId.describe("A LoRA of the worker's catalogue."),
          scale: z.number().min(-maxAdapterScale).max(maxAdapterScale).optional().describe("Strength. Default 1."),
        }),
      )
      .max(maxLoras)
      .optional()
      .describe("Added to the model, several at once."),
    controlnet: z
      .strictObject({
        id: adapterId.describe("A ControlNet of the worker's catalogue."),
        image: picture.describe(`Edges, depth, a pose: what the ControlNet was made for. ${howPictures}`),
        scale: z.number().min(0).max(maxAdapterScale).optional().describe(`Strength. Default ${defaultControlScale}.`),
      })
      .optional()
      .describe(
        "Draw along the lines of another picture. With image and mask, a ControlNet that can fills in the mask.",
      ),
    upscale: z
      .enum(["none", "lanczos", "refine"])
      .optional()
      .describe("Double the sides: by interpolation, or by that and drawing over it once more. Default none."),
    output: z
      .strictObject({
        format: z.enum(imageFormats).optional().describe("Default png."),
        quality: z.int().min(1).max(100).optional().describe("For jpeg, webp and avif."),
      })
      .optional(),
    response: z
      .enum(["url", "b64"])
      .optional()
      .describe("b64 puts the pictures into the answer as base64, beside their links. Default url."),
    webhook: z
      .strictObject({
        url: z
          .string()
          .max(maxUrlCharacters)
          .describe("https address that is told when the job ends, signed as Standard Webhooks says."),
        events: z
          .array(z.enum(webhookEventTypes))
          .max(webhookEventTypes.length)
          .optional()
          .describe("Default: those that end a job, so all but job.started and job.progress."),
      })
      .optional(),
    metadata: z
      .record(z.string().min(1).max(maxMetadataKeyCharacters), z.string().max(maxMetadataValueCharacters))
      .refine(
        (metadata) => Object.keys(metadata).length <= maxMetadataKeys,
        `must have at most ${maxMetadataKeys} keys`,
      )
      .optional()
      .describe(
        "Your own labels, returned with the job and usable as a filter: 16 keys of 64 characters, values of 512.",
      ),
    deadline_s: z
      .int()
      .min(1)
      .max(maxDeadlineS)
      .optional()
      .describe("A job not begun within this many seconds expires."),
    priority: z
      .enum(["interactive", "batch"])
      .optional()
      .describe("batch costs less and waits until no interactive job does. Default interactive."),
    max_cost: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .describe("Whole micro-units: a job that would cost more is refused with 412 before any work."),
    latents: z
      .string()
      .max(maxBodyCharacters)
      .optional()
      .describe("Base64 of float32 little-endian [16, height/8, width/8]: start from these in place of seeded noise."),
  })
  .meta({
    id: "JobRequest",
    examples: [{ prompt: "a red teapot on a wooden table, morning light", size: "1024x768", seed: 42 }],
  });

export type ImageRequest = z.infer<typeof imageRequestSchema>;

/** A request that can be carried out: every value effective. */
export interface ImageSubmission {
  /** Without `latentsKey`, which exists once `latents` are stored. */
  readonly params: ImageParams;
  /** Bytes of float32 little-endian `[16, height/8, width/8]`. */
  readonly latents?: Uint8Array;
  /** The request names the seed itself; else it was drawn. */
  readonly seedGiven: boolean;
  /** Names a picture to start from and no size: `params` have the model's until `followImageSize` is told that of the picture. */
  readonly followsImageSize: boolean;
  /** As the request names them; their keys in `params` exist once they are stored. */
  readonly pictures: InputPictures;
  readonly response: "url" | "b64";
  readonly lane: Lane;
  /** Micro-units. */
  readonly maxCost?: number;
  readonly webhook?: JobWebhook;
  readonly metadata: { readonly [key: string]: string };
  readonly deadlineS?: number;
  readonly warnings: readonly string[];
}

/** Pictures of a request: data URLs, addresses or ids of uploaded files. */
export interface InputPictures {
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
}

/**
 * Validate a native job body and fill in the model's defaults.
 * @throws InvalidRequestError naming each field that cannot be accepted
 */
export function parseImageRequest(body: unknown, context: ImageRequestContext): ImageSubmission {
  return submissionOf(parseFields(imageRequestSchema, body, explainUnknownField), context);
}

/** The rules between fields, and those that depend on the model. */
export function submissionOf(request: ImageRequest, { models, newSeed }: ImageRequestContext): ImageSubmission {
  const model = request.model === undefined ? models[0]! : findModel(models, request.model);
  if (model === undefined) throw new InvalidRequestError([unknownModel(request.model!, models)]);

  const errors: FieldError[] = [];
  const warnings: string[] = [];
  const size = resolveSize(request, model);
  errors.push(...size.errors);
  const [width, height] = "width" in size ? [size.width, size.height] : [0, 0];

  const guidance = request.guidance ?? model.defaultGuidance;
  const steps = request.steps ?? model.defaultSteps;
  warnings.push(...modelWarnings({ guidance, steps }, model));
  if (request.negative_prompt && guidance === 0) warnings.push("negative_prompt has no effect while guidance is 0");

  for (const needy of ["mask", "strength"] as const) {
    if (request[needy] !== undefined && request.image === undefined) {
      const message = `${needy} says what to do with image, which is missing; give both`;
      errors.push({ param: needy, code: "invalid_value", message });
    }
  }
  if (request.latents !== undefined && request.image !== undefined) {
    const message = "latents and image both say what to start from; give one";
    errors.push({ param: "latents", code: "invalid_value", message });
  }
  const followsImageSize = request.image !== undefined && !namesSize(request);
  const tooLarge = followsImageSize ? undefined : refineProblem(request.upscale, { width, height });
  if (tooLarge !== undefined) errors.push(tooLarge);
  if (request.mask_mode !== undefined && request.mask === undefined)
    warnings.push("mask_mode has no effect without mask");

  const n = request.n ?? 1;
  let latents: Uint8Array | undefined;
  if (request.latents !== undefined && errors.length === 0) {
    const decoded = decodeLatents(request.latents, width, height);
    if (typeof decoded === "string") errors.push({ param: "latents", code: "invalid_value", message: decoded });
    else latents = decoded;
    if (n > 1) {
      errors.push({ param: "n", code: "invalid_value", message: `n must be 1 when latents are given, got ${n}` });
    }
  }

  const format = request.output?.format ?? "png";
  if (format === "png" && request.output?.quality !== undefined) warnings.push("output.quality has no effect on png");

  const [first, ...rest] = errors;
  if (first !== undefined) throw new InvalidRequestError([first, ...rest]);
  return {
    params: {
      model: model.id,
      prompt: request.prompt,
      negativePrompt: request.negative_prompt,
      width,
      height,
      n,
      seed: request.seed ?? newSeed(),
      steps,
      guidance,
      cfgNormalization: request.cfg_normalization ?? false,
      cfgTruncation: request.cfg_truncation ?? 1,
      format,
      quality: format !== "png" ? (request.output?.quality ?? defaultQuality[format]) : undefined,
      ...pictureParams(request),
    },
    seedGiven: request.seed !== undefined,
    followsImageSize,
    pictures: {
      image: request.image,
      mask: request.mask,
      references: request.references,
      controlImage: request.controlnet?.image,
    },
    latents,
    response: request.response ?? "url",
    lane: request.priority ?? "interactive",
    maxCost: request.max_cost,
    webhook:
      request.webhook === undefined ? undefined : { url: request.webhook.url, events: request.webhook.events ?? [] },
    metadata: request.metadata ?? {},
    deadlineS: request.deadline_s,
    warnings,
  };
}

/** What goes with the pictures. The ControlNet's key is filled in once its picture is stored. */
function pictureParams(
  request: ImageRequest,
): Pick<ImageParams, "strength" | "maskMode" | "loras" | "controlNet" | "upscale"> {
  const { image, mask, mask_mode: maskMode, loras, controlnet, upscale } = request;
  return {
    strength: image === undefined ? undefined : (request.strength ?? (mask === undefined ? defaultStrength : 1)),
    maskMode: mask === undefined ? undefined : (maskMode ?? "white"),
    loras: loras && loras.length > 0 ? loras.map(({ id, scale = 1 }) => ({ id, scale })) : undefined,
    controlNet: controlnet && { id: controlnet.id, imageKey: "", scale: controlnet.scale ?? defaultControlScale },
    upscale: upscale !== undefined && upscale !== "none" ? upscale : undefined,
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
function decodeLatents(text: string, width: number, height: number): Uint8Array | string {
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

/** What other services can do and this one cannot yet: answered by name, so that nobody takes it for a typing error. */
const unsupportedCapabilities: ReadonlySet<string> = new Set([
  ...["preset", "prompt_extend", "safety", "provenance", "style", "background"],
  ...["store", "round_size", "output.sizes"],
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
