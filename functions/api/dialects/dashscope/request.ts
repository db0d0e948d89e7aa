import * as z from "zod";
import { InvalidRequestError, parseFields } from "../../../../shared/request/field-errors.ts";
import type { ImageRequestContext, ImageSubmission } from "../../../../shared/request/parse-image-request.ts";
import { accepted, type FieldRules, parseForeignRequest } from "../map-fields.ts";

const contentSchema = z.union([z.strictObject({ text: z.string() }), z.strictObject({ image: z.string() })]);

const messagesSchema = z.object({
  model: z.string().nullish(),
  input: z.object({
    messages: z.array(z.object({ role: z.literal("user"), content: z.array(contentSchema).min(1).max(16) })).length(1),
  }),
  parameters: z.record(z.string(), z.unknown()).nullish(),
});

const promptSchema = z.object({
  model: z.string().nullish(),
  input: z.object({ prompt: z.string(), negative_prompt: z.string().nullish() }),
  parameters: z.record(z.string(), z.unknown()).nullish(),
});

/** Fields that may only be false, because the feature does not exist here. */
const onlyOff = (native: string) =>
  ({ native, make: (value: unknown) => (value === false ? {} : { [native]: value }), expected: "false" }) as const;

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
  prompt_extend: onlyOff("prompt_extend"),
  watermark: onlyOff("watermark"),
  prompt_extend_mode: accepted,
};

/** Body of `multimodal-generation/generation`: one message with the prompt, and images to start from. */
export function parseMessagesRequest(body: unknown, context: ImageRequestContext): ImageSubmission {
  const { model, input, parameters } = parseFields(messagesSchema, body);
  const content = input.messages[0]!.content;
  const texts = content.flatMap((part) => ("text" in part ? [part.text] : []));
  const images = content.flatMap((part) => ("image" in part ? [part.image] : []));
  if (texts.length !== 1) {
    const message = `input.messages.0.content must hold one text, got ${texts.length}`;
    throw new InvalidRequestError([{ param: "input.messages.0.content", code: "invalid_value", message }]);
  }
  const native = {
    prompt: texts[0],
    model: model != null ? model : undefined,
    image: images.length > 0 ? images[0] : undefined,
  };
  return parseForeignRequest(
    {
      fields: parameters ?? {},
      rules: parameterRules,
      path: "parameters.",
      native,
      names: { prompt: "input.messages.0.content.text", image: "input.messages.0.content.image" },
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
