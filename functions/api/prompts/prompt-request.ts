import * as z from "zod";
import { maxPromptCharacters } from "../../../shared/limits.ts";
import type { PromptContent } from "../../../shared/prompts/account-prompts.ts";
import { maxVariableCharacters, variablesOf } from "../../../shared/prompts/prompt-variables.ts";
import { InvalidRequestError } from "../../../shared/request/field-errors.ts";
import { imageRequestSchema } from "../../../shared/request/image-request.ts";
import { pageQuery } from "../http/page-query.ts";

const maxTags = 16;
const maxTagCharacters = 40;
const maxVariables = 20;
const maxDefaultCharacters = 500;

const tag = z.string().min(1).max(maxTagCharacters);

/** Fields of a request that a prompt may bring, as `POST /v1/jobs` takes them. */
const promptSettingsSchema = imageRequestSchema.pick({
  size: true,
  aspect_ratio: true,
  n: true,
  seed: true,
  steps: true,
  sampler: true,
  shift: true,
  guidance: true,
  strength: true,
  upscale: true,
});

const fields = {
  name: z.string().min(1).max(100),
  text: z
    .string()
    .min(1)
    .max(maxPromptCharacters)
    .describe("The prompt. {{name}} is a variable: letters of any script, digits, _ and -, at most 40."),
  negative: z.string().max(maxPromptCharacters),
  model: z.string().min(1).max(200).describe("Id or alias of the model that it is meant for."),
  settings: promptSettingsSchema.describe("Fields of POST /v1/jobs that go with it."),
  variables: z
    .record(z.string().min(1).max(maxVariableCharacters), z.string().max(maxDefaultCharacters))
    .refine((given) => Object.keys(given).length <= maxVariables, `must have at most ${maxVariables} entries`)
    .describe("What is in the variables until something else is written: at most 20, each one in the text."),
  tags: z.array(tag).max(maxTags),
};

export const promptRequestSchema = z
  .strictObject({
    name: fields.name,
    text: fields.text,
    negative: fields.negative.optional(),
    model: fields.model.optional(),
    settings: fields.settings.optional(),
    variables: fields.variables.optional(),
    tags: fields.tags.optional(),
  })
  .meta({
    id: "PromptRequest",
    examples: [
      {
        name: "Shop sign",
        text: '咖啡店门头招牌，用手写体写"{{lettering}}"，深色背景，金色字体',
        variables: { lettering: "Morning Coffee" },
        settings: { size: "1024x1024", steps: 8 },
        tags: ["lettering"],
      },
    ],
  });

export const promptChangeSchema = z
  .strictObject({
    name: fields.name.optional(),
    text: fields.text.optional(),
    negative: fields.negative.nullable().optional().describe("null removes it."),
    model: fields.model.nullable().optional().describe("null removes it."),
    settings: fields.settings.optional().describe("In place of all settings that there are."),
    variables: fields.variables.optional().describe("In place of all that there are."),
    tags: fields.tags.optional(),
  })
  .meta({ id: "PromptChange" });

export const promptListQuerySchema = z.strictObject({
  tag: tag.optional().describe("Only prompts that have this tag."),
  ...pageQuery,
});

export const libraryQuerySchema = z.strictObject({
  model: fields.model.optional().describe("Only prompts that suit this model."),
});

/** @throws InvalidRequestError for a default of a variable that the text does not have */
export function contentOf(request: z.infer<typeof promptRequestSchema>): PromptContent {
  const { name, text, negative, model, settings = {}, variables = {}, tags = [] } = request;
  const content = { name, text, negative, model, settings, variables, tags: [...new Set(tags)] };
  assertVariables(content);
  return content;
}

/** @throws InvalidRequestError as `contentOf` */
export function changedContent(before: PromptContent, change: z.infer<typeof promptChangeSchema>): PromptContent {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const { name, text, negative, model, settings, variables, tags } = { ...before, ...given } as PromptContent & {
    readonly negative?: string | null;
    readonly model?: string | null;
  };
  const content = {
    ...{ name, text, settings, variables, tags: [...new Set(tags)] },
    negative: negative ?? undefined,
    model: model ?? undefined,
  };
  assertVariables(content);
  return content;
}

function assertVariables({ text, variables }: PromptContent): void {
  const known = new Set(variablesOf(text));
  if (known.size > maxVariables) {
    const message = `text must have at most ${maxVariables} variables, got ${known.size}`;
    throw new InvalidRequestError([{ param: "text", code: "invalid_value", message }]);
  }
  const unknown = Object.keys(variables).filter((name) => !known.has(name));
  const [first, ...others] = unknown.map((name) => ({
    param: `variables.${name}`,
    code: "invalid_value",
    message: `variables.${name} is not in the text; write {{${name}}} there, or leave it out`,
  }));
  if (first !== undefined) throw new InvalidRequestError([first, ...others]);
}
