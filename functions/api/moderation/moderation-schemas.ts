import * as z from "zod";
import { maxPromptCharacters } from "../../../shared/limits.ts";
import { blockListSchema } from "../../../shared/moderation/block-list.ts";

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

export const blockListRequestSchema = z
  .strictObject({
    entries: blockListSchema.describe("Replaces the whole list. None removes it; that of the deployment stays."),
  })
  .meta({ id: "BlockListRequest", examples: [{ entries: [{ category: "brands", phrases: ["acme"] }] }] });
