import * as z from "zod";
import { maxImagesPerOpenaiRequest } from "../../../../shared/limits.ts";
import {
  type ExplainUnknown,
  type FieldError,
  InvalidRequestError,
  parseFields,
} from "../../../../shared/request/field-errors.ts";
import {
  explainUnknownField,
  type ImageRequest,
  type ImageRequestContext,
  type ImageSubmission,
  imageRequestSchema,
  submissionOf,
} from "../../../../shared/request/image-request.ts";

const native = imageRequestSchema.shape;
const outputFormats = ["png", "jpeg", "webp", "avif"] as const;
const accepted = "Accepted, without effect.";

/** Body of `POST /v1/images/generations`: OpenAI's fields, and ours where OpenAI has none. */
export const openaiImageRequestSchema = z
  .strictObject({
    model: native.model.nullable(),
    prompt: native.prompt,
    n: z.int().min(1).max(maxImagesPerOpenaiRequest).nullish().describe("Number of pictures. Default 1."),
    size: native.size.nullable(),
    response_format: z.enum(["url", "b64_json"]).nullish().describe("Default b64_json."),
    output_format: z.enum(outputFormats).nullish().describe("Default png."),
    output_compression: z.int().min(0).max(100).nullish().describe("Quality of lossy formats."),
    stream: z.boolean().nullish().describe("Answer with server-sent events. Pictures come as base64."),
    partial_images: z.int().min(0).max(3).nullish().describe("Small previews on the way, when streaming. Default 0."),
    background: z.enum(["opaque", "auto", "transparent"]).nullish().describe("transparent is refused."),
    quality: z.enum(["low", "medium", "high", "xhigh", "max", "auto", "standard", "hd"]).nullish().describe(accepted),
    moderation: z.enum(["low", "auto"]).nullish().describe(accepted),
    style: z.enum(["vivid", "natural"]).nullish().describe(accepted),
    user: z.string().max(512).nullish().describe(accepted),
    safety_identifier: z.string().max(512).nullish().describe(accepted),
    seed: native.seed.nullable(),
    steps: native.steps.nullable(),
    guidance: native.guidance.nullable(),
    negative_prompt: native.negative_prompt.nullable(),
    cfg_normalization: native.cfg_normalization.nullable(),
    cfg_truncation: native.cfg_truncation.nullable(),
    latents: native.latents.nullable(),
    image: native.image.nullable().describe("A picture to start from."),
    mask: native.mask.nullable().describe("Its transparent parts are drawn anew."),
    strength: native.strength.nullable(),
    loras: native.loras.nullable(),
  })
  .meta({
    id: "OpenAIImageRequest",
    examples: [{ model: "z-image-turbo", prompt: "a red teapot on a wooden table", size: "1024x1024" }],
  });

export interface OpenaiImageRequest {
  readonly submission: ImageSubmission;
  readonly stream: boolean;
  readonly partialImages: number;
}

/** @throws InvalidRequestError in this dialect's field names */
export function parseOpenaiRequest(body: unknown, context: ImageRequestContext): OpenaiImageRequest {
  const request = parseFields(openaiImageRequestSchema, body, explainUnknown);
  const stream = request.stream ?? false;
  const errors = refusals(request, stream);
  const [first, ...rest] = errors;
  if (first !== undefined) throw new InvalidRequestError([first, ...rest]);
  return {
    submission: submissionOf(nativeRequest(request), context),
    stream,
    partialImages: request.partial_images ?? 0,
  };
}

function refusals(
  { background, partial_images, response_format }: z.infer<typeof openaiImageRequestSchema>,
  stream: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  if (background === "transparent") {
    const message = "background transparent is not supported by this model; use opaque or auto";
    errors.push({ param: "background", code: "unsupported_capability", message });
  }
  if (stream && response_format === "url") {
    const message = "response_format must be b64_json when stream is true: events carry the pictures";
    errors.push({ param: "response_format", code: "invalid_value", message });
  }
  if (!stream && (partial_images ?? 0) > 0) {
    errors.push({ param: "partial_images", code: "invalid_value", message: "partial_images needs stream: true" });
  }
  return errors;
}

function nativeRequest(request: z.infer<typeof openaiImageRequestSchema>): ImageRequest {
  const { prompt, output_format, output_compression, response_format } = request;
  const { model, n, size, seed, steps, guidance, negative_prompt, cfg_normalization, cfg_truncation, latents } =
    request;
  const { image, mask, strength, loras } = request;
  const format = output_format ?? "png";
  const quality = output_compression == null || format === "png" ? undefined : Math.max(1, output_compression);
  const optional = {
    model,
    n,
    size,
    seed,
    steps,
    guidance,
    negative_prompt,
    cfg_normalization,
    cfg_truncation,
    latents,
    image,
    mask,
    strength,
    loras,
    // That API's masks mark by their transparency.
    mask_mode: mask == null ? undefined : ("transparent" as const),
  };
  return {
    prompt,
    output: { format, quality },
    response: response_format === "url" ? "url" : "b64",
    // In this API null is the same as leaving a field out.
    ...(Object.fromEntries(Object.entries(optional).filter(([, value]) => value != null)) as Partial<ImageRequest>),
  };
}

const explainUnknown: ExplainUnknown = (param) => {
  const known = explainUnknownField(param);
  // Our own hints name fields of the native body; only those that exist here too are of use.
  const hint = known && /did you mean (\S+)\?$/.exec(known.message)?.[1];
  return hint === undefined || Object.hasOwn(openaiImageRequestSchema.shape, hint) ? known : undefined;
};
