import * as z from "zod";
import { maxBodyBytes, maxPromptCharacters } from "../../../../shared/limits.ts";
import { InvalidRequestError, parseFields } from "../../../../shared/request/field-errors.ts";
import type { ImageRequestContext, ImageSubmission } from "../../../../shared/request/parse-image-request.ts";
import { accepted, type FieldRules, parseForeignRequest } from "../map-fields.ts";

const text = z.string().max(maxPromptCharacters);
const model = z.string().max(200).nullish();
// A data URL is as long as a body may be.
const image = z.string().max(maxBodyBytes);

const contentSchema = z.union([z.strictObject({ text }), z.strictObject({ image })]);

const messagesSchema = z.object({
  model,
  input: z.object({
    messages: z.array(z.object({ role: z.literal("user"), content: z.array(contentSchema).min(1).max(16) })).length(1),
  }),
  parameters: z.record(z.string(), z.unknown()).nullish(),
});

const promptSchema = z.object({
  model,
  input: z.object({ prompt: text, negative_prompt: text.nullish() }),
  parameters: z.record(z.string(), z.unknown()).nullish(),
});

const parameterRules: FieldRules = {
  size: {
    native: "size",
    make: (value) => (typeof value === "string" ? { size: value.replace("*", "x") } : undefined),
    expected: 'WIDTH*HEIGHT such as "1024*1024"',
  },
  n: "n",
  seed: "seed",
  steps: "steps",
  scale: "guidance",
  negative_prompt: "negative_prompt",
  prompt_extend: {
    missing: "is not supported here: nothing rewrites prompts; send false, or write the prompt out",
    unless: [false],
  },
  watermark: { missing: "is not supported here: no mark is drawn into images; send false", unless: [false] },
  // Says how, where prompt_extend says whether.
  prompt_extend_mode: accepted,
};

/** Body of `multimodal-generation/generation`: one message with the prompt, and images to start from. */
export function parseMessagesRequest(body: unknown, context: ImageRequestContext): ImageSubmission {
  const { model, input, parameters } = parseFields(messagesSchema, body);
  const content = input.messages[0]!.content;
  const parts = content.map((part, index) => ({ ...part, at: `input.messages.0.content.${index}` }));
  const [text, ...texts] = parts.filter((part) => "text" in part);
  const [image, ...images] = parts.filter((part) => "image" in part);
  if (text === undefined || texts.length > 0) {
    const count = texts.length + (text === undefined ? 0 : 1);
    const message = `input.messages.0.content must hold one text, got ${count}`;
    throw new InvalidRequestError([{ param: "input.messages.0.content", code: "invalid_value", message }]);
  }
  const [surplus, ...others] = images.map(({ at }) => ({
    param: `${at}.image`,
    code: "unsupported_capability",
    message: `${at}.image is one image too many: the model starts from one; leave the others out`,
  }));
  if (surplus !== undefined) throw new InvalidRequestError([surplus, ...others]);
  const native = { prompt: text.text, model: model != null ? model : undefined, image: image?.image };
  return parseForeignRequest(
    {
      fields: parameters ?? {},
      rules: parameterRules,
      path: "parameters.",
      native,
      names: { prompt: `${text.at}.text`, ...(image && { image: `${image.at}.image` }) },
    },
    context,
  );
}

/** Body of `text2image/image-synthesis`. */
export function parsePromptRequest(body: unknown, context: ImageRequestContext): ImageSubmission {
  const { model, input, parameters } = parseFields(promptSchema, body);
  const native = {
    prompt: input.prompt,
    negative_prompt: input.negative_prompt != null ? input.negative_prompt : undefined,
    model: model != null ? model : undefined,
  };
  return parseForeignRequest(
    {
      fields: parameters ?? {},
      rules: parameterRules,
      path: "parameters.",
      native,
      names: { prompt: "input.prompt", negative_prompt: "input.negative_prompt" },
    },
    context,
  );
}
