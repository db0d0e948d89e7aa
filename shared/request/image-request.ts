import * as z from "zod";
import { maskBlends, maskModes } from "../image-files/mask-rules.ts";
import {
  defaultControlScale,
  defaultStrength,
  maxAdapterIdCharacters,
  maxAdapterScale,
  maxGuidance,
  maxImagesPerJob,
  maxLoras,
  maxPromptCharacters,
  maxReferences,
  maxSeed,
  maxSteps,
  maxUrlCharacters,
} from "../limits.ts";
import { checksField, cropField, finishField, productField } from "./product-fields.ts";
import { metadataField, webhookField } from "./receiver-fields.ts";
import { samplerNames } from "./samplers.ts";
import { randomSeed } from "./seed.ts";

export const imageFormats = ["png", "jpeg", "webp", "avif"] as const;
const maxDeadlineS = 86_400;

const maxBodyCharacters = 8_000_000;
/** How a request names an image. */
export const imageSource = z.string().min(1).max(maxBodyCharacters);
const howImages =
  "A base64 data: URL, an https URL, or the id of an uploaded file or of an image of yours; PNG, JPEG, WebP or AVIF.";
export const controlPreprocessors = ["none", "canny"] as const;

/** Any file name is an id: an adapter is looked up among those that are there, and no path is ever made of it. */
const adapterId = z
  .string()
  .min(1)
  .max(maxAdapterIdCharacters)
  .regex(
    /^(?!\/)(?!(?:.*\/)?\.{1,2}(?:\/|$))\P{Cc}*$/u,
    "must be an id of the worker's catalogue, as GET /v1/adapters lists them: a file name, with its folders, " +
      "without .. and control characters",
  );

/**
 * Names of a field as a command-line option, where they differ from its name with dashes, and its value's placeholder
 * in the help.
 */
export const optionNotes = z.registry<{ readonly option?: string; readonly short?: string; readonly value?: string }>();

const prompt = z.string().min(1).max(maxPromptCharacters);

/** Body of `POST /v1/jobs`. Field names are the public contract; unknown ones are refused. */
export const imageRequestSchema = z
  .strictObject({
    model: z
      .string()
      .max(200)
      .optional()
      .describe("Id or alias from GET /v1/models. Default: the first model in that list.")
      .register(optionNotes, { short: "m", value: "ID" }),
    prompt: prompt.describe("Description of the image, in English or Chinese."),
    negative_prompt: z
      .string()
      .max(maxPromptCharacters)
      .optional()
      .describe("What the image should not show. Effective only with guidance above 0.")
      .register(optionNotes, { option: "negative" }),
    size: z
      .string()
      .regex(/^(\d{1,5}x\d{1,5}|auto)$/, 'must be WIDTHxHEIGHT such as "1024x768", or "auto"')
      .optional()
      .describe(
        "WIDTHxHEIGHT in pixels, both multiples of 16. Give one of size, width and height, or aspect_ratio. " +
          "Default: with image, the closest supported size to it; otherwise the model's default size.",
      )
      .register(optionNotes, { short: "s", value: "WxH" }),
    width: z.int().optional().describe("Pixels, 64 to 2048, a multiple of 16."),
    height: z.int().optional().describe("Pixels, 64 to 2048, a multiple of 16."),
    aspect_ratio: z
      .string()
      .regex(/^[1-9]\d{0,3}:[1-9]\d{0,3}$/, 'must be two whole numbers such as "16:9"')
      .optional()
      .describe("Width:height between 1:4 and 4:1, at about the pixel count of the model's default size.")
      .register(optionNotes, { option: "aspect", value: "A:B" }),
    n: z
      .int()
      .min(1)
      .max(maxImagesPerJob)
      .optional()
      .describe("Number of images; image i uses seed + i. Default 1.")
      .register(optionNotes, { short: "n" }),
    seed: z
      .int()
      .min(randomSeed)
      .max(maxSeed)
      .optional()
      .describe(
        "The same seed gives the same image. At most 2^64 − 1, of which the lower 53 bits count. Default, and " +
          "−1: random, and reported.",
      ),
    steps: z.int().min(1).max(maxSteps).optional().describe("Number of denoising steps. Default: the model's."),
    sigmas: z
      .array(z.number().gt(0).max(1))
      .min(1)
      .max(maxSteps)
      .refine(
        (levels) => levels.every((sigma, i) => i === 0 || sigma < levels[i - 1]!),
        "must fall from each to the next",
      )
      .optional()
      .describe(
        "Noise levels of the steps, in place of steps: falling, with 1 for pure noise; the final 0 is implied, and " +
          "no shift is applied. For models and LoRAs distilled to certain levels.",
      ),
    sampler: z
      .enum(samplerNames)
      .optional()
      .describe(
        "How a step is taken: euler (default); heun, finer at two network calls a step; euler_ancestral, with " +
          "fresh noise in every step.",
      ),
    shift: z
      .number()
      .min(0.01)
      .max(100)
      .optional()
      .describe("Larger spends more of the steps at high noise. Default by model: 3 for Turbo, 6 for Base."),
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
      .default(false)
      .describe("Limit the norm of the guided prediction to that of the positive one. Default false."),
    cfg_truncation: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe("Turn guidance off once 1 − sigma exceeds this value. Default 1: never."),
    image: imageSource.optional().describe(`Image to start from. ${howImages}`),
    strength: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe(
        "How far to depart from image, above 0 to 1: the share of the steps that is run. Default " +
          `${defaultStrength}; with a mask, 1.`,
      ),
    mask: imageSource.optional().describe(`Marks the part of image to redraw; the rest is kept. ${howImages}`),
    mask_mode: z
      .enum(maskModes)
      .optional()
      .describe("Which parts of the mask mark what is redrawn: white, black or transparent ones. Default white."),
    mask_blend: z
      .enum(maskBlends)
      .optional()
      .describe(
        "The edge of the mask in the finished image: feather keeps what the mask protects to the pixel and " +
          "fades over " +
          "a few pixels inside the drawn part, hard does not fade, none leaves the image as decoded. Default feather.",
      ),
    product: productField,
    crop: cropField,
    references: z
      .array(imageSource)
      .min(1)
      .max(maxReferences)
      .optional()
      .describe(`Images that the prompt refers to, in order; for models with the Omni architecture. ${howImages}`),
    loras: z
      .array(
        z.strictObject({
          id: adapterId
            .optional()
            .describe("Id of a LoRA that GET /v1/adapters lists, in the workers' folder or the account's own."),
          path: z
            .string()
            .min(1)
            .max(maxUrlCharacters)
            .regex(
              /^(?:https?:\/\/|[\w.-]+\/[\w.-]+$)/,
              "must be an https address or a Hugging Face repository owner/name",
            )
            .optional()
            .describe(
              "In place of id: the https URL of a LoRA file, or a Hugging Face repository. The file is fetched " +
                "once and then belongs to the account.",
            ),
          scale: z
            .number()
            .min(-maxAdapterScale)
            .max(maxAdapterScale)
            .optional()
            .describe("Weight of the LoRA. Default 1."),
        }),
      )
      .max(maxLoras)
      .optional()
      .describe("LoRAs to apply to the model; their effects add up."),
    controlnet: z
      .strictObject({
        id: adapterId.describe("Id of a ControlNet in the worker's catalogue."),
        image: imageSource.describe(`Control image: edges, depth or pose, according to the ControlNet. ${howImages}`),
        scale: z
          .number()
          .min(0)
          .max(maxAdapterScale)
          .optional()
          .describe(`Weight of the ControlNet. Default ${defaultControlScale}.`),
        start: z.number().min(0).max(1).optional().describe("Share of the steps before it begins to act. Default 0."),
        end: z.number().min(0).max(1).optional().describe("Share of the steps after which it stops acting. Default 1."),
        preprocess: z
          .enum(controlPreprocessors)
          .optional()
          .describe("Preprocessing of the control image: canny detects its edges, none uses it as is. Default none."),
      })
      .optional()
      .describe(
        "Guide the composition by a control image. With image and mask, a ControlNet trained for it inpaints " +
          "the masked part.",
      ),
    upscale: z
      .enum(["none", "lanczos", "refine"])
      .optional()
      .describe(
        "Double width and height: lanczos interpolates; refine also redraws the result at strength 0.35, which " +
          "is priced as the steps that it takes. Default none.",
      ),
    output: z
      .strictObject({
        format: z.enum(imageFormats).optional().describe("Default png."),
        quality: z.int().min(1).max(100).optional().describe("For jpeg, webp and avif."),
        parameters: z
          .boolean()
          .optional()
          .describe(
            "Whether the file says how it was drawn: prompt, seed and settings, as AUTOMATIC1111's web UI writes them " +
              "and as a request of this API. Default true; with false it only says that it is generated.",
          ),
      })
      .optional(),
    finish: finishField,
    checks: checksField,
    store: z
      .boolean()
      .optional()
      .describe(
        "With false nothing is kept once the response is delivered: links work once, images in base64 are gone with " +
          "their response, and all that is left after an hour goes; the ledger's line and the record of what was made " +
          "stay, without the prompt. Default true.",
      ),
    response: z
      .enum(["url", "b64"])
      .optional()
      .describe("b64 includes the images as base64 in the response, beside their links. Default url."),
    webhook: webhookField,
    metadata: metadataField,
    deadline_s: z
      .int()
      .min(1)
      .max(maxDeadlineS)
      .optional()
      .describe("Expire the job if it has not started within this many seconds.")
      .register(optionNotes, { option: "deadline" }),
    priority: z
      .enum(["interactive", "batch"])
      .optional()
      .describe("Lane of the job: batch costs less and runs when no interactive job is waiting. Default interactive."),
    max_cost: z
      .int()
      .min(0)
      .max(Number.MAX_SAFE_INTEGER)
      .optional()
      .describe("Maximum price in whole micro-units; a job that would cost more is refused with 412."),
    latents: z
      .string()
      .max(maxBodyCharacters)
      .optional()
      .describe("Initial latents instead of seeded noise: base64 of float32 little-endian [16, height/8, width/8]."),
  })
  .meta({
    id: "JobRequest",
    examples: [{ prompt: "a red teapot on a wooden table, morning light", seed: 42 }],
  });

export type ImageRequest = z.output<typeof imageRequestSchema>;
