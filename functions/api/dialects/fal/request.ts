import { type CatalogModel, findModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import type { ImageRequestContext, ImageSubmission } from "../../../../shared/request/parse-image-request.ts";
import { unknownModel } from "../../../../shared/request/parse-image-request.ts";
import { accepted, type FieldRules, parseForeignRequest } from "../map-fields.ts";

/** fal's names of sizes, all of which keep our rules. */
const imageSizes: { readonly [name: string]: string } = {
  square_hd: "1024x1024",
  square: "512x512",
  portrait_4_3: "768x1024",
  portrait_16_9: "576x1024",
  landscape_4_3: "1024x768",
  landscape_16_9: "1024x576",
  auto: "auto",
};

/** An address, or a repository `owner/name`, as fal means a LoRA's path. */
const isOutside = /^(?:https?:\/\/|[\w.-]+\/[\w.-]+$)/i;

const inputRules: FieldRules = {
  prompt: "prompt",
  negative_prompt: "negative_prompt",
  image_size: {
    native: "size",
    make: (value) => {
      if (typeof value === "string") return Object.hasOwn(imageSizes, value) ? { size: imageSizes[value] } : undefined;
      if (typeof value !== "object" || value === null || !("width" in value) || !("height" in value)) return undefined;
      return Object.keys(value).length === 2 ? { width: value.width, height: value.height } : undefined;
    },
    expected: `one of ${Object.keys(imageSizes).join(", ")}, or { width, height }`,
  },
  aspect_ratio: "aspect_ratio",
  num_inference_steps: "steps",
  guidance_scale: "guidance",
  seed: "seed",
  num_images: "n",
  output_format: {
    native: "output.format",
    make: (value) => ({ output: { format: value } }),
    expected: "png, jpeg or webp",
  },
  sync_mode: {
    native: "response",
    make: (value) => (typeof value === "boolean" ? { response: value ? "b64" : "url" } : undefined),
    expected: "true or false",
  },
  image_url: "image",
  mask_url: "mask",
  mask_image_url: "mask",
  strength: "strength",
  loras: {
    native: "loras",
    make: (value) =>
      Array.isArray(value) && value.every((lora) => typeof lora === "object" && lora !== null)
        ? {
            loras: value.map(({ path, ...rest }) => ({ ...(isOutside.test(path) ? { path } : { id: path }), ...rest })),
          }
        : undefined,
    expected: "a list of { path, scale }; path is an https URL, a Hugging Face repository or the id of a LoRA",
  },
  // There is no safety checker, and one speed.
  enable_safety_checker: accepted,
  acceleration: accepted,
};

/** Endings of fal's ids that name another task of the same model, and the field that makes it that task. */
const tasks: { readonly [ending: string]: string | undefined } = {
  "/image-to-image": "image_url",
  "/image-to-image/lora": "image_url",
  "/inpaint": "mask_url",
  "/lora": undefined,
};

export interface FalModel {
  readonly model: CatalogModel;
  /** A field that this id's task cannot do without. */
  readonly required?: string;
}

/**
 * @param id - `fal-ai/z-image/turbo`, one of its tasks, or any id or alias of ours
 * @throws InvalidRequestError `model_not_found`, `unsupported_capability`
 */
export function falModel(models: readonly CatalogModel[], id: string): FalModel {
  const exact = findModel(models, id);
  if (exact !== undefined) return { model: exact };
  for (const [ending, required] of Object.entries(tasks)) {
    const model = id.endsWith(ending) ? findModel(models, id.slice(0, -ending.length)) : undefined;
    if (model !== undefined) return { model, required };
  }
  const [, parent = "", task = ""] = /^(.+)\/([^/]+)$/.exec(id) ?? [];
  if (findModel(models, parent) !== undefined) {
    const message = `${task} is not supported by this model; GET /v1/models lists what it can do`;
    throw new InvalidRequestError([{ param: "model", code: "unsupported_capability", message }]);
  }
  throw new InvalidRequestError([unknownModel(id, models)]);
}

export interface FalOptions {
  readonly webhookUrl: string | undefined;
  readonly lowPriority: boolean;
  readonly startTimeoutS: number | undefined;
}

export function parseFalRequest(
  input: unknown,
  { model, required }: FalModel,
  { webhookUrl, lowPriority, startTimeoutS }: FalOptions,
  context: ImageRequestContext,
): ImageSubmission {
  const submission = parseForeignRequest(
    {
      fields: input,
      rules: inputRules,
      native: {
        model: model.id,
        webhook: webhookUrl === undefined ? undefined : { url: webhookUrl },
        priority: lowPriority ? "batch" : undefined,
        deadline_s: startTimeoutS,
      },
    },
    context,
  );
  if (required !== undefined && (input as { [field: string]: unknown })[required] == null) {
    throw new InvalidRequestError([{ param: required, code: "invalid_value", message: `${required} is required` }]);
  }
  return submission.webhook === undefined
    ? submission
    : { ...submission, webhook: { ...submission.webhook, form: "fal" } };
}
