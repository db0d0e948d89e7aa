import type * as z from "zod";
import {
  exportRequestSchema,
  publishRequestSchema,
  retryRequestSchema,
  reviewQuerySchema,
  reviewRequestSchema,
  rowQuerySchema,
} from "../catalogue/results/result-requests.ts";
import {
  publicationSchema,
  runExportSchema,
  runFailureListSchema,
  runRetryResultSchema,
  runReviewListSchema,
  runReviewResultSchema,
  runRowListSchema,
} from "../catalogue/results/result-responses.ts";
import { presetListSchema, profileListSchema, runKeySchema } from "../catalogue/run-report-responses.ts";
import { deletedRunKeySchema } from "../catalogue/run-responses.ts";
import { json, operation, pathParameter, problems } from "./openapi-parts.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

const id = pathParameter("id", "The run's id, `run_…`.");

export function jsonBody(schema: z.ZodType, required = true): JsonSchema {
  return { requestBody: { required, content: { "application/json": { schema: schemaRef(schema) } } } };
}

export function runChange(
  operationId: string,
  summary: string,
  request: JsonSchema,
  response: z.ZodType,
  description?: string,
): JsonSchema {
  return {
    ...operation(operationId, "runs", summary),
    ...(description !== undefined && { description }),
    parameters: [id],
    ...request,
    responses: { 200: json("What was done.", response), ...problems(400, 401, 403, 404, 409, 413, 415, 429) },
  };
}

const list = (operationId: string, summary: string, query: z.ZodObject, response: z.ZodType): JsonSchema => ({
  ...operation(operationId, "runs", summary),
  parameters: [id, ...parameters("query", query)],
  responses: { 200: json("One page of the list.", response), ...problems(400, 401, 403, 404, 429) },
});

/** What comes of a run: its rows, their review, and what leaves it. */
export function runResultPaths(): JsonSchema {
  return { ...reviewPaths(), ...publishPaths(), ...downloadPaths() };
}

function reviewPaths(): JsonSchema {
  return {
    "/v1/runs/{id}/rows": {
      get: list(
        "listRunRows",
        "What has become of each image, in the order of the file.",
        rowQuerySchema,
        runRowListSchema,
      ),
    },
    "/v1/runs/{id}/failures": {
      get: {
        ...operation("listRunFailures", "runs", "What failed, by reason, the most frequent first."),
        parameters: [id],
        responses: { 200: json("The reasons.", runFailureListSchema), ...problems(401, 403, 404, 429) },
      },
    },
    "/v1/runs/{id}/review": {
      get: list(
        "listRunReview",
        "Images in the order in which they should be looked at, the riskiest first.",
        reviewQuerySchema,
        runReviewListSchema,
      ),
      post: runChange(
        "reviewRun",
        "Approve images, or reject them.",
        jsonBody(reviewRequestSchema),
        runReviewResultSchema,
        "What is rejected is drawn again by the next run under the key, or at once with regenerate, as a new job at " +
          "the price of a new image.",
      ),
    },
    "/v1/runs/{id}/retry": {
      post: runChange(
        "retryRun",
        "Draw once more what failed while it was drawn.",
        jsonBody(retryRequestSchema, false),
        runRetryResultSchema,
      ),
    },
  };
}

function publishPaths(): JsonSchema {
  return {
    "/v1/runs/{id}/publish": {
      post: runChange(
        "publishRun",
        "Give images permanent public addresses that end in their file names.",
        jsonBody(publishRequestSchema, false),
        publicationSchema,
        "A call publishes up to 10,000 images; next_cursor says where the next call goes on.",
      ),
    },
    "/v1/runs/{id}/unpublish": {
      post: runChange(
        "unpublishRun",
        "Take public addresses back: they answer 410.",
        jsonBody(publishRequestSchema, false),
        publicationSchema,
      ),
    },
    "/v1/runs/{id}/export": {
      post: runChange(
        "exportRun",
        "Files that a shop imports, of the published images that it has not been given yet.",
        jsonBody(exportRequestSchema),
        runExportSchema,
        "The links are good for a day. A second export is empty until something changes, or with full.",
      ),
    },
  };
}

function downloadPaths(): JsonSchema {
  const file = (operationId: string, summary: string, type: string): JsonSchema => ({
    get: {
      ...operation(operationId, "runs", summary),
      parameters: [id],
      responses: {
        200: { description: "The file.", content: { [type]: { schema: { type: "string" } } } },
        ...problems(401, 403, 404),
      },
    },
  });
  return {
    "/v1/runs/{id}/manifest.jsonl": file(
      "getRunManifest",
      "A JSON line for each file and each product without one.",
      "application/jsonl",
    ),
    "/v1/runs/{id}/manifest.csv": file("getRunManifestCsv", "The same as a table for spreadsheets.", "text/csv"),
    "/v1/runs/{id}/manifest.xlsx": file(
      "getRunManifestXlsx",
      "The same as an Excel workbook of texts.",
      "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    "/v1/runs/{id}/input.csv": file(
      "getRunInput",
      "Your own file with columns added: names, addresses and texts of the images, and what went wrong. With " +
        "?for=excel cells that look like formulas get a quote in front.",
      "text/csv",
    ),
    "/v1/runs/{id}/sheets/{number}": {
      get: {
        ...operation("getRunSheet", "runs", "A contact sheet of 48 images, from 1; 404 behind the last."),
        description:
          "A page of small images with the names of their files and what speaks against them. It has no script and " +
          "needs no server, so that it can be sent on and printed.",
        parameters: [id, pathParameter("number", "From 1.")],
        responses: {
          200: { description: "The page.", content: { "text/html": { schema: { type: "string" } } } },
          ...problems(401, 403, 404),
        },
      },
    },
    "/v1/runs/{id}/archive.zip": file(
      "getRunArchive",
      "The files, the first thousand or gigabyte of them; any part of it by Range.",
      "application/zip",
    ),
    "/v1/runs/{id}/archives/{number}": {
      get: {
        ...operation("getRunArchivePart", "runs", "The archive with this number, from 1; 404 behind the last."),
        parameters: [id, pathParameter("number", "From 1.")],
        responses: {
          200: { description: "The archive.", content: { "application/zip": { schema: { type: "string" } } } },
          ...problems(401, 403, 404, 416),
        },
      },
    },
  };
}

/** What is known about catalogues without one, and what is published of them. */
export function catalogueFactPaths(): JsonSchema {
  const get = (
    operationId: string,
    summary: string,
    response: z.ZodType,
    path: readonly JsonSchema[] = [],
  ): JsonSchema => ({
    get: {
      ...operation(operationId, "runs", summary),
      parameters: path,
      responses: { 200: json("What was asked for.", response), ...problems(401, 403, 404, 429) },
    },
  });
  const key = pathParameter("key", "The run key.");
  return {
    "/v1/profiles": get("listProfiles", "Exports of shops that are recognised by their columns.", profileListSchema),
    "/v1/presets": get("listPresets", "Ready-made shots.", presetListSchema),
    "/v1/run-keys/{key}": {
      ...get("getRunKey", "What is remembered under a run key.", runKeySchema, [key]),
      delete: {
        ...operation("deleteRunKey", "runs", "Delete all that was drawn under a run key."),
        description:
          "At once and for good: its images, their public addresses, what was decided and exported, and its runs, of " +
          "which none may be going on. Jobs stay as they are.",
        parameters: [key],
        responses: { 200: json("Deleted.", deletedRunKeySchema), ...problems(401, 403, 404, 409) },
      },
    },
    "/i/{path}": {
      get: {
        ...operation("getPublicImage", "runs", "A published image. Needs no key, and is cached for ever."),
        security: [],
        parameters: [pathParameter("path", "As publish gave it out, ending in the file's name.")],
        responses: {
          200: { description: "The image.", content: { "image/*": { schema: { type: "string" } } } },
          ...problems(404, 410, 416),
        },
      },
    },
  };
}
