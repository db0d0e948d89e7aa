import * as z from "zod";
import { runPreviewSchema, runReportSchema } from "../catalogue/run-report-responses.ts";
import {
  mappingRequestSchema,
  previewRequestSchema,
  runMappingSchema,
  runRequestSchema,
} from "../catalogue/run-request.ts";
import { deletedRunSchema, runListSchema, runSchema } from "../catalogue/run-responses.ts";
import { resumeRequestSchema, startRequestSchema } from "../catalogue/start-request.ts";
import { header, json, operation, pathParameter, problems } from "./openapi-parts.ts";
import { jsonBody, runChange } from "./openapi-run-results.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

const listQuerySchema = z.object({
  limit: z.int().min(1).max(100).optional().describe("Default 20."),
  after: z.string().optional().describe("Id of the last run of the previous page."),
});

const keyHeaders = z.object({
  "Idempotency-Key": z
    .string()
    .max(255)
    .optional()
    .describe("Printable ASCII. Repeating a request with the same key and body returns the same run."),
});

/** Catalogue runs: a table of products in, images of each of them out. */
export function runPaths(): JsonSchema {
  const id = pathParameter("id", "The run's id, `run_…`.");
  const run = { 200: json("The run.", runSchema) };
  const action = (name: string, summary: string): JsonSchema => ({
    post: {
      ...operation(`${name}Run`, "runs", summary),
      parameters: [id],
      responses: { ...run, ...problems(401, 403, 404, 429) },
    },
  });
  return {
    "/v1/runs": {
      post: {
        ...operation("createRun", "runs", "Draw images of every product of a table."),
        description:
          "The table is read after the response (status importing). Then the run is ready: its counts say what is " +
          "new, changed and unchanged since the last run under the same run_key, and its cost what that will be. " +
          "With start it begins by itself. Images are drawn in the batch lane at its price.",
        parameters: parameters("header", keyHeaders),
        requestBody: { required: true, content: { "application/json": { schema: schemaRef(runRequestSchema) } } },
        responses: {
          ...run,
          201: { ...json("The run.", runSchema), headers: { Location: header("URL of the run.") } },
          ...problems(400, 401, 403, 404, 413, 415, 422, 429, 507),
        },
      },
      get: {
        ...operation("listRuns", "runs", "List the account's runs, newest first."),
        parameters: parameters("query", listQuerySchema),
        responses: { 200: json("One page of the list.", runListSchema), ...problems(400, 401, 403, 429) },
      },
    },
    "/v1/runs/{id}": runPath(id),
    "/v1/runs/{id}/report": {
      get: {
        ...operation("getRunReport", "runs", "What was found in the file, and how its columns are understood."),
        parameters: [id],
        responses: { 200: json("The report.", runReportSchema), ...problems(401, 403, 404) },
      },
    },
    "/v1/runs/{id}/mapping": {
      get: {
        ...operation(
          "getRunMapping",
          "runs",
          "How the file is to be read and what is to be drawn, as it was asked for.",
        ),
        parameters: [id],
        responses: { 200: json("The wishes.", runMappingSchema), ...problems(401, 403, 404) },
      },
      post: runChange(
        "changeRunMapping",
        "Read the file again, with other columns, another header or other shots, before the run begins.",
        jsonBody(mappingRequestSchema),
        runSchema,
      ),
    },
    "/v1/runs/{id}/preview": {
      post: runChange(
        "previewRun",
        "The prompts of some products, of the run's own shots or of others; nothing is drawn.",
        jsonBody(previewRequestSchema, false),
        runPreviewSchema,
      ),
    },
    "/v1/runs/{id}/start": {
      post: {
        ...operation("startRun", "runs", "Begin a run that is ready."),
        parameters: [id],
        requestBody: { required: false, content: { "application/json": { schema: schemaRef(startRequestSchema) } } },
        responses: { ...run, ...problems(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
    "/v1/runs/{id}/pause": action("pause", "Pause a run: images under way are finished, no further one is begun."),
    "/v1/runs/{id}/resume": {
      post: runChange("resumeRun", "Go on with a paused run.", jsonBody(resumeRequestSchema, false), runSchema),
    },
    "/v1/runs/{id}/cancel": action("cancel", "End a run. What is drawn is kept."),
  };
}

function runPath(id: JsonSchema): JsonSchema {
  return {
    get: {
      ...operation("getRun", "runs", "Get a run."),
      parameters: [id],
      responses: { 200: json("The run.", runSchema), ...problems(401, 403, 404) },
    },
    delete: {
      ...operation("deleteRun", "runs", "Delete a run that is over, with its table and its files."),
      description: "What it drew stays under its run key.",
      parameters: [id],
      responses: { 200: json("Deleted.", deletedRunSchema), ...problems(401, 403, 404, 409) },
    },
  };
}
