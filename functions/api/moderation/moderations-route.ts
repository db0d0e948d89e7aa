import { Hono } from "hono";
import type * as z from "zod";
import { categories } from "../../../shared/moderation/categories.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { readJsonBody } from "../http/json-body.ts";
import type { moderationResponseSchema } from "./moderation-responses.ts";
import { moderationRequestSchema } from "./moderation-schemas.ts";
import type { TextVerdict } from "./moderator.ts";

type ModerationResponse = z.infer<typeof moderationResponseSchema>;

/**
 * `POST /v1/moderations`, OpenAI's: whether prompts would be refused, by the same rules that refuse them. Who may make
 * images may ask.
 */
export function moderationsRoute({ authenticate, moderator, newId }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().post("/", authenticate("jobs:write"), bodyLimit(), async (c) => {
    const { input } = parseFields(moderationRequestSchema, await readJsonBody(c.req.raw));
    const { accountId } = c.get("identity");
    const verdicts = await Promise.all(textsOf(input).map((text) => moderator.judge(accountId, text)));
    const body: ModerationResponse = {
      id: `modr-${newId()}`,
      model: "content-rules",
      results: verdicts.map(resultOf),
    };
    return c.json(body, 200, { "Cache-Control": "no-store" });
  });
}

/** A list of parts is one input. */
function textsOf(input: z.infer<typeof moderationRequestSchema>["input"]): string[] {
  if (typeof input === "string") return [input];
  const parts = input.filter((part) => typeof part !== "string");
  if (parts.length > 0) return [parts.map(({ text }) => text).join("\n")];
  return input.filter((part) => typeof part === "string");
}

function resultOf({ flagged, categories: found, scores }: TextVerdict): ModerationResponse["results"][number] {
  const names = [...new Set([...categories, ...found, ...Object.keys(scores)])];
  return {
    flagged,
    categories: Object.fromEntries(names.map((name) => [name, found.includes(name)])),
    category_scores: Object.fromEntries(names.map((name) => [name, scores[name] ?? 0])),
    category_applied_input_types: Object.fromEntries(names.map((name) => [name, ["text" as const]])),
  };
}
