import { blockListResourceSchema, moderationResponseSchema } from "../moderation/moderation-responses.ts";
import { blockListRequestSchema, moderationRequestSchema } from "../moderation/moderation-schemas.ts";
import { json, openaiErrors, operation, problems } from "./openapi-parts.ts";
import { type JsonSchema, schemaRef } from "./openapi-schemas.ts";

/** What is refused, and by which rules. */
export function moderationPaths(): JsonSchema {
  const list = { 200: json("The account's list.", blockListResourceSchema) };
  return {
    "/v1/moderations": {
      post: {
        ...operation("createModeration", "openai", "Tell whether prompts would be refused, in OpenAI's form."),
        requestBody: {
          required: true,
          content: { "application/json": { schema: schemaRef(moderationRequestSchema) } },
        },
        responses: {
          200: json("A verdict for each input.", moderationResponseSchema),
          ...openaiErrors(400, 401, 403, 413, 415, 429, 503),
        },
      },
    },
    "/v1/block-list": {
      get: {
        ...operation("getBlockList", "jobs", "Get the phrases that this account refuses in prompts."),
        responses: { ...list, ...problems(401, 403, 429) },
      },
      put: {
        ...operation("replaceBlockList", "jobs", "Replace the phrases that this account refuses in prompts."),
        description: "Needs the scope keys:admin. Every process obeys the new list within ten seconds.",
        requestBody: { required: true, content: { "application/json": { schema: schemaRef(blockListRequestSchema) } } },
        responses: { ...list, ...problems(400, 401, 403, 413, 415, 429) },
      },
    },
  };
}
