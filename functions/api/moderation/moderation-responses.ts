import * as z from "zod";
import { categories } from "../../../shared/moderation/categories.ts";

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
