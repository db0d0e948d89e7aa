import * as z from "zod";
import { defaultStrength, maxImagesPerOpenaiRequest } from "../../../../shared/limits.ts";
import {
  type ExplainUnknown,
  type FieldError,
  InvalidRequestError,
  parseFields,
} from "../../../../shared/request/field-errors.ts";
import { imageRequestSchema } from "../../../../shared/request/image-request.ts";
import {
  explainUnknownField,
  type ImageRequestContext,
  type ImageSubmission,
  parseImageRequest,
} from "../../../../shared/request/parse-image-request.ts";
import { foreignWarning } from "../../../../shared/warnings/warning.ts";
import type { NativeFields } from "../map-fields.ts";

const native = imageRequestSchema.shape;
type Native = typeof native;
const outputFormats = ["png", "jpeg", "webp", "avif"] as const;
const accepted = "Accepted, but has no effect; warnings name it.";
/** Strength of `input_fidelity: "high"`: of 8 steps, 4 are run instead of 5. */
const faithfulStrength = 0.4;

/** Fields that mean the same in both APIs. */
const common = {
  model: nullable(native.model),
  prompt: native.prompt,
  n: z.int().min(1).max(maxImagesPerOpenaiRequest).nullish().describe("Number of images. Default 1."),
  size: nullable(native.size),
  image: native.image.nullable().describe("Image to start from."),
  mask: native.mask.nullable().describe("Mask for image; its transparent parts are redrawn."),
};

/** Fields of OpenAI's that are something else here, or nothing. */
const foreign = {
  response_format: z.enum(["url", "b64_json"]).nullish().describe("Default b64_json."),
  output_format: z.enum(outputFormats).nullish().describe("Default png."),
  output_compression: z.int().min(0).max(100).nullish().describe("Quality of lossy formats."),
  stream: z.boolean().nullish().describe("Respond with server-sent events; images are base64."),
  partial_images: z.int().min(0).max(3).nullish().describe("Number of previews while streaming. Default 0."),
  background: z.enum(["opaque", "auto", "transparent"]).nullish().describe("transparent is refused."),
  quality: z.enum(["low", "medium", "high", "xhigh", "max", "auto", "standard", "hd"]).nullish().describe(accepted),
  moderation: z.enum(["low", "auto"]).nullish().describe(accepted),
  style: z.enum(["vivid", "natural"]).nullish().describe(accepted),
  complexity: z.enum(["low", "medium", "high"]).nullish().describe(accepted),
  input_fidelity: z
    .enum(["low", "high"])
    .nullish()
    .describe(
      `high keeps more of image: its default strength is ${faithfulStrength} in place of ${defaultStrength}. ` +
        "Without effect on a mask, or where strength is given. Default low.",
    ),
  user: z.string().max(512).nullish().describe(accepted),
  safety_identifier: z.string().max(512).nullish().describe(accepted),
};

type CommonField = keyof typeof common;
type ForeignField = keyof typeof foreign;
/** Native fields that OpenAI's own fields replace. */
const replaced = ["output", "response", "mask_mode", "webhook"] as const;
type ExtensionField = Exclude<keyof Native, CommonField | ForeignField | (typeof replaced)[number]>;

const isExtension = (field: string): field is ExtensionField =>
  !(field in common || field in foreign || (replaced as readonly string[]).includes(field));

/** Also null, and still described. */
function nullable<Schema extends z.ZodType>(schema: Schema): z.ZodNullable<Schema> {
  const { description } = schema;
  return description === undefined ? schema.nullable() : schema.nullable().describe(description);
}

/** Every other field of the native request. */
const extensions = Object.fromEntries(
  Object.entries(native).flatMap(([field, schema]) => (isExtension(field) ? [[field, nullable(schema)]] : [])),
) as { [Field in ExtensionField]: z.ZodNullable<Native[Field]> };

/** Body of `POST /v1/images/generations`: OpenAI's fields, and ours where OpenAI has none. */
export const openaiImageRequestSchema = z.strictObject({ ...common, ...foreign, ...extensions }).meta({
  id: "OpenAIImageRequest",
  examples: [{ model: "z-image-turbo", prompt: "a red teapot on a wooden table" }],
});

export interface OpenaiImageRequest {
  readonly submission: ImageSubmission;
  readonly stream: boolean;
  readonly partialImages: number;
}

/** @throws InvalidRequestError in this dialect's field names */
export function parseOpenaiRequest(body: unknown, context: ImageRequestContext): OpenaiImageRequest {
  const request = parseFields(openaiImageRequestSchema, plainBody(body), explainUnknown);
  const stream = request.stream ?? false;
  const errors = refusals(request, stream);
  const [first, ...rest] = errors;
  if (first !== undefined) throw new InvalidRequestError([first, ...rest]);
  const submission = parseImageRequest(nativeBody(request), { ...context, maxImages: maxImagesPerOpenaiRequest });
  return {
    submission: { ...submission, warnings: [...warningsOf(request).map(foreignWarning), ...submission.warnings] },
    stream,
    partialImages: request.partial_images ?? 0,
  };
}

/** With the one image of a list, and without features that there are none of where they are null. */
function plainBody(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const isUnused = (field: string, value: unknown) => value === null && Object.hasOwn(missingFeatures, field);
  const fields: { [field: string]: unknown } = Object.fromEntries(
    Object.entries(body).filter(([field, value]) => !isUnused(field, value)),
  );
  if (!Array.isArray(fields.image)) return fields;
  const [image, ...others] = fields.image;
  if (others.length === 0) return { ...fields, image };
  const message = `image must be one image, got ${fields.image.length}: the model starts from one`;
  throw new InvalidRequestError([{ param: "image", code: "unsupported_capability", message }]);
}

/** Fields that were accepted and change nothing, unless they ask for what happens anyway. */
function warningsOf(request: z.infer<typeof openaiImageRequestSchema>): string[] {
  const { image, mask, strength, output_format, output_compression, input_fidelity } = request;
  const warnings = Object.entries(ignoredFields).flatMap(([field, { why, unless = [] }]) => {
    const value = request[field as ForeignField];
    return value == null || unless.includes(value) ? [] : [`${field} has no effect: ${why}`];
  });
  if (input_fidelity === "high" && (image == null || mask != null || strength != null)) {
    const why =
      image == null ? "there is no image to keep" : `${mask != null ? "mask" : "strength"} decides what is kept`;
    warnings.push(`input_fidelity has no effect: ${why}`);
  }
  if (output_compression != null && (output_format ?? "png") === "png") {
    warnings.push("output_compression has no effect on png");
  }
  return warnings;
}

const ignoredFields: {
  readonly [field in ForeignField]?: { readonly why: string; readonly unless?: readonly unknown[] };
} = {
  quality: { why: "the model has one quality; steps sets the effort", unless: ["auto", "standard"] },
  moderation: { why: "the rules of this service apply to every request", unless: ["auto"] },
  style: { why: "describe the style in the prompt" },
  complexity: { why: "nothing plans the image" },
  user: { why: "nothing is kept per user; metadata labels a job" },
  safety_identifier: { why: "nothing is kept per user; metadata labels a job" },
};

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
    const message = "response_format must be b64_json when stream is true: events carry the images";
    errors.push({ param: "response_format", code: "invalid_value", message });
  }
  if (!stream && (partial_images ?? 0) > 0) {
    errors.push({ param: "partial_images", code: "invalid_value", message: "partial_images needs stream: true" });
  }
  return errors;
}

/** The native body of the same meaning. In this API null is the same as leaving a field out. */
function nativeBody(request: z.infer<typeof openaiImageRequestSchema>): NativeFields {
  const { output_format, output_compression, response_format, input_fidelity, image, mask, strength } = request;
  const format = output_format ?? "png";
  const quality = output_compression == null || format === "png" ? undefined : Math.max(1, output_compression);
  const same = Object.entries(request).filter(([field, value]) => !(field in foreign) && value != null);
  const isFaithful = input_fidelity === "high" && image != null && mask == null;
  return {
    ...Object.fromEntries(same),
    strength: strength ?? (isFaithful ? faithfulStrength : undefined),
    output: { format, quality },
    response: response_format === "url" ? "url" : "b64",
    // That API's masks mark by their transparency.
    mask_mode: mask == null ? undefined : "transparent",
  };
}

/** Fields of the typed client that ask for another kind of output, or input, than there is here. */
const missingFeatures: { readonly [field: string]: string } = {
  svg: "images are made of pixels",
  frame_count: "there are no moving images",
  frame_duration_ms: "there are no moving images",
  markup: "mask marks what to redraw",
};

const explainUnknown: ExplainUnknown = (param) => {
  // A form names members in brackets: svg[model].
  const field = param.split("[")[0]!;
  if (Object.hasOwn(missingFeatures, field)) {
    const message = `${param} is not supported here: ${missingFeatures[field]}`;
    return { param, code: "unsupported_capability", message };
  }
  const known = explainUnknownField(param);
  // Our own hints name fields of the native body; only those that exist here too are of use.
  const hint = known && /did you mean (\S+)\?$/.exec(known.message)?.[1];
  return hint === undefined || Object.hasOwn(openaiImageRequestSchema.shape, hint) ? known : undefined;
};
