import * as z from "zod";

const time = z.iso.datetime();
const bilingual = z.object({ en: z.string(), zh: z.string() });

/** Without the rules for what is sent: what was taken before a rule was there is still shown. */
const settings = z
  .object({
    size: z.string().optional(),
    aspect_ratio: z.string().optional(),
    n: z.int().optional(),
    seed: z.int().optional(),
    steps: z.int().optional(),
    sampler: z.string().optional(),
    shift: z.number().optional(),
    guidance: z.number().optional(),
    strength: z.number().optional(),
    upscale: z.string().optional(),
  })
  .describe("Fields of POST /v1/jobs that go with it.");

export const promptSchema = z
  .object({
    id: z.string().describe("`prompt_…`."),
    object: z.literal("prompt"),
    name: z.string(),
    text: z.string().describe("With {{variables}}."),
    negative: z.string().nullable(),
    model: z.string().nullable().describe("The model that it is meant for; null: any."),
    settings,
    variables: z.record(z.string(), z.string()).describe("Every variable of the text, with its default; empty: none."),
    tags: z.array(z.string()),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: "Prompt" });

export const promptPageSchema = z
  .object({
    data: z.array(promptSchema).describe("Newest first."),
    next_cursor: z.string().nullable().describe("null on the last page."),
  })
  .meta({ id: "PromptList" });

export const deletedPromptSchema = z
  .object({ id: z.string(), object: z.literal("prompt"), deleted: z.literal(true) })
  .meta({ id: "DeletedPrompt" });

export const libraryPromptSchema = z
  .object({
    id: z.string(),
    object: z.literal("library_prompt"),
    model: z.string().describe("The model that it was written for."),
    served_by: z.array(z.string()).describe("Ids of the models served here that it suits; empty: none."),
    series: bilingual,
    name: bilingual,
    text: bilingual.describe("With {{variables}}, the same in both languages."),
    variables: z.array(z.object({ name: z.string(), label: bilingual, default: bilingual })),
    settings,
    tags: z.array(z.string()),
    example_url: z
      .url()
      .nullable()
      .describe("An image drawn from its defaults, for everybody to see; null where none was drawn."),
  })
  .meta({ id: "LibraryPrompt" });

export const promptLibrarySchema = z
  .object({
    object: z.literal("prompt_library"),
    version: z.string().describe("Day of its last change."),
    tips: z.array(
      z.object({
        id: z.string(),
        model: z.string().describe("The model that it is about."),
        tag: z.string().nullable().describe("Tag of the prompts that it is about; null: all."),
        text: bilingual,
      }),
    ),
    data: z.array(libraryPromptSchema),
  })
  .meta({ id: "PromptLibrary" });
