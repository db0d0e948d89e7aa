import * as z from "zod";
import { batchRequestSchema, maxPage } from "../dialects/openai/batch-routes.ts";
import { openaiBatchListSchema, openaiBatchSchema } from "../dialects/openai/batch-schemas.ts";
import { json, openaiErrors, operation, pathParameter } from "./openapi-parts.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

const listQuerySchema = z.object({
  limit: z.int().min(1).max(maxPage).optional().describe("Default 20."),
  after: z.string().optional().describe("Id of the last batch of the previous page."),
});

/** OpenAI's batches, with what is ours in them: why one is paused, and how to go on. */
export function batchPaths(): JsonSchema {
  const id = pathParameter("id", "The batch's id.");
  const batch = { 200: json("The batch.", openaiBatchSchema) };
  return {
    "/v1/batches": {
      post: {
        ...operation("createBatch", "openai", "Draw an uploaded file of requests, in the batch lane at its price."),
        description:
          "The file is read after the response (status validating). A line that cannot be drawn ends in the " +
          "error file, and the others go on.",
        requestBody: { required: true, content: { "application/json": { schema: schemaRef(batchRequestSchema) } } },
        responses: { ...batch, ...openaiErrors(400, 401, 403, 404, 413, 415, 429) },
      },
      get: {
        ...operation("listBatches", "openai", "List the account's batches, newest first."),
        parameters: parameters("query", listQuerySchema),
        responses: { 200: json("One page of the list.", openaiBatchListSchema), ...openaiErrors(400, 401, 403, 429) },
      },
    },
    "/v1/batches/{id}": {
      get: {
        ...operation("getBatch", "openai", "Get a batch."),
        parameters: [id],
        responses: { ...batch, ...openaiErrors(401, 403, 404, 429) },
      },
    },
    "/v1/batches/{id}/cancel": {
      post: {
        ...operation("cancelBatch", "openai", "Cancel a batch. What is finished is kept."),
        parameters: [id],
        responses: { ...batch, ...openaiErrors(401, 403, 404, 429) },
      },
    },
    "/v1/batches/{id}/resume": {
      post: {
        ...operation("resumeBatch", "openai", "Try a paused batch again now. Not in OpenAI's API."),
        parameters: [id],
        responses: { ...batch, ...openaiErrors(401, 403, 404, 429) },
      },
    },
  };
}
