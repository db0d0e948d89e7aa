import * as z from "zod";
import { maxPromptCharacters } from "../../../shared/limits.ts";
import { blockListSchema } from "../../../shared/moderation/block-list.ts";
import { categories } from "../../../shared/moderation/categories.ts";

/** Texts of one request: each may be a question to the deployer's service. */
const maxInputs = 16;

const text = z.string().min(1).max(maxPromptCharacters);

/** Body of `POST /v1/moderations`, OpenAI's. */
export const moderationRequestSchema = z
  .strictObject({
    input: z
      .union([
        text,
        z.array(text).min(1).max(maxInputs),
        z
          .array(z.strictObject({ type: z.literal("text"), text }))
          .min(1)
          .max(maxInputs),
      ])
      .describe(
        "One text, several that are judged one by one, or OpenAI's parts of one input, of which only text is taken: images " +
          "are judged when they are drawn.",
      ),
    model: z.string().max(200).optional().describe("Accepted, but has no effect: the rules of this service apply."),
  })
  .meta({ id: "ModerationRequest", examples: [{ input: "a red teapot on a wooden table" }] });

const eachCategory = <Value extends z.ZodType>(value: Value) =>
  z.object(Object.fromEntries(categories.map((name) => [name, value]))).catchall(value);

/** OpenAI's form; categories of the deployer's own service stand beside those that are known here. */
export const moderationResponseSchema = z
  .object({
    id: z.string(),
    model: z.string(),
    results: z.array(
      z.object({
        flagged: z.boolean().describe("Whether an image of this prompt would be refused."),
        categories: eachCategory(z.boolean()),
        category_scores: eachCategory(z.number()).describe("0 to 1; a block list gives 1."),
        category_applied_input_types: eachCategory(z.array(z.literal("text"))),
      }),
    ),
  })
  .meta({ id: "Moderation" });

export const blockListRequestSchema = z
  .strictObject({
    entries: blockListSchema.describe("Replaces the whole list. None removes it; that of the deployment stays."),
  })
  .meta({ id: "BlockListRequest", examples: [{ entries: [{ category: "brands", phrases: ["acme"] }] }] });

export const blockListResourceSchema = z
  .object({
    object: z.literal("block_list"),
    entries: z.array(
      z.object({
        category: z.enum(categories),
        phrases: z.array(z.union([z.string(), z.object({ text: z.string(), pinyin: z.string() })])),
      }),
    ),
    changed_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "BlockList" });
