import * as z from "zod";

/** Response schemas of the models, for types and the OpenAPI document: built with the document, not at every start. */

export const modelResourceSchema = z
  .object({
    id: z.string(),
    object: z.literal("model"),
    created: z.int().describe("Seconds since the epoch."),
    owned_by: z.string(),
    name: z.string(),
    aliases: z.array(z.string()).describe("Other names accepted in requests."),
    family: z.enum(["turbo", "base"]),
    random: z.boolean().describe("True for random weights: images are noise."),
    capabilities: z.array(z.string()),
    defaults: z.object({ steps: z.int(), guidance: z.number(), width: z.int(), height: z.int() }),
    limits: z.object({
      min_side: z.int(),
      max_side: z.int(),
      multiple_of: z.int(),
      max_pixels: z.int(),
      max_aspect_ratio: z.number(),
      max_steps: z.int(),
      max_prompt_tokens: z
        .int()
        .describe("Maximum prompt length in tokens; a longer prompt is truncated with a warning."),
      max_prompt_characters: z.int(),
      max_images: z.int().describe("Images of one job."),
      max_references: z.int().describe("0 where the model takes none."),
      max_loras: z.int().describe("0 where the model takes none."),
    }),
    native_sizes: z
      .array(z.object({ width: z.int(), height: z.int() }))
      .describe("Sizes in pixels that the model was made for, the default one first. Others have a warning."),
    accepts: z
      .object({
        guidance: z.boolean(),
        negative_prompt: z.boolean(),
        image: z.boolean(),
        mask: z.boolean(),
        references: z.boolean(),
        loras: z.boolean(),
        controlnet: z.boolean(),
      })
      .describe("Fields of a request that have an effect on this model here."),
    examples: z
      .array(z.object({ en: z.string(), zh: z.string() }))
      .describe("Prompts that show what the model can do, in English and Chinese."),
    vocabulary: z
      .object({ things: z.int().describe("How many it knows."), url: z.url() })
      .nullable()
      .describe("All that the model knows, of a model that knows a list of things alone; null for any other."),
    license: z.string().describe("Of the weights; `unknown` where their folder does not say."),
    source: z.string().describe("Where the weights come from."),
    revision: z
      .string()
      .nullable()
      .describe("Commit of the source; of weights without one, sha256: and a digest of all files. null if unknown."),
    pricing: z
      .object({
        currency: z.string(),
        effective_from: z.iso.datetime(),
        interactive: z.int(),
        interactive_decimal: z.string(),
        batch: z.int(),
        batch_decimal: z.string(),
      })
      .describe(
        "Price of a megapixel and network call in each lane, in micro-units of the currency; POST /v1/quotes " +
          "prices a whole job.",
      ),
  })
  .meta({ id: "Model" });

/** One body for the clients of several APIs: `data` for OpenAI's, `results` for Replicate's. */
export const modelListSchema = z
  .object({
    object: z.literal("list"),
    data: z.array(modelResourceSchema),
    results: z.array(z.looseObject({ owner: z.string(), name: z.string(), url: z.url() })),
    next: z.null(),
    previous: z.null(),
  })
  .meta({ id: "ModelList" });

const words = z.object({ en: z.string(), zh: z.string() });

export const vocabularySchema = z
  .object({
    object: z.literal("vocabulary"),
    model: z.string(),
    things: z.array(words).describe("What the model draws, by name."),
    backgrounds: z.array(words).describe("Colours of the background that a prompt can ask for."),
  })
  .meta({ id: "ModelVocabulary" });
