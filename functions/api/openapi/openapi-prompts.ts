import {
  libraryQuerySchema,
  promptChangeSchema,
  promptListQuerySchema,
  promptRequestSchema,
} from "../prompts/prompt-request.ts";
import {
  deletedPromptSchema,
  promptLibrarySchema,
  promptPageSchema,
  promptSchema,
} from "../prompts/prompt-responses.ts";
import { json, operation, pathParameter, problems } from "./openapi-parts.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

const id = pathParameter("id", "The prompt's id, `prompt_…`.");
const prompt = json("The prompt.", promptSchema);

/** Prompts that accounts keep, and those that come with the program. */
export function promptPaths(): JsonSchema {
  const body = (schema: Parameters<typeof schemaRef>[0]) => ({
    required: true,
    content: { "application/json": { schema: schemaRef(schema) } },
  });
  return {
    "/v1/prompts": {
      get: {
        ...operation("listPrompts", "prompts", "List the account's prompts, newest first."),
        parameters: parameters("query", promptListQuerySchema),
        responses: { 200: json("One page of the list.", promptPageSchema), ...problems(400, 401, 403) },
      },
      post: {
        ...operation("createPrompt", "prompts", "Keep a prompt, with variables, settings and tags."),
        description: "An account keeps up to 1,000 prompts. Variables are filled by whoever uses the prompt.",
        requestBody: body(promptRequestSchema),
        responses: { 201: prompt, ...problems(400, 401, 403, 409, 413, 415) },
      },
    },
    "/v1/prompts/{id}": {
      get: {
        ...operation("getPrompt", "prompts", "Get a prompt of the account."),
        parameters: [id],
        responses: { 200: prompt, ...problems(401, 403, 404) },
      },
      patch: {
        ...operation("changePrompt", "prompts", "Change a prompt of the account: the fields that are given."),
        parameters: [id],
        requestBody: body(promptChangeSchema),
        responses: { 200: prompt, ...problems(400, 401, 403, 404, 413, 415) },
      },
      delete: {
        ...operation("deletePrompt", "prompts", "Delete a prompt of the account."),
        parameters: [id],
        responses: { 200: json("Deleted.", deletedPromptSchema), ...problems(401, 403, 404) },
      },
    },
    "/v1/prompts/library": {
      get: {
        ...operation("getPromptLibrary", "prompts", "Get the prompts and tips that come with the program."),
        description:
          "In English and Chinese, with the model that each was written for. They change with the program alone; " +
          "version says when.",
        parameters: parameters("query", libraryQuerySchema),
        responses: { 200: json("The library.", promptLibrarySchema), ...problems(400, 401, 403) },
      },
    },
    "/v1/prompts/library/{id}/example": {
      get: {
        ...operation("getPromptExample", "prompts", "Get the example image of a library prompt."),
        security: [],
        parameters: [pathParameter("id", "Id of the library's prompt.")],
        responses: {
          200: {
            description: "The image.",
            content: { "image/webp": { schema: { type: "string", format: "binary" } } },
          },
          ...problems(404),
        },
      },
    },
  };
}
