import * as z from "zod";
import { jobRetentionS } from "../../../shared/limits.ts";
import { openaiErrorSchema } from "../dialects/openai/response-schemas.ts";
import {
  deletedFileSchema,
  fileListSchema,
  openaiFileSchema,
  replicateErrorSchema,
  replicateFileSchema,
} from "../dialects/uploaded-file-responses.ts";
import { maxPage } from "../dialects/uploaded-files-route.ts";
import { problemSchema } from "../problems/service-responses.ts";
import { json, meanings, operation, pathParameter, problems } from "./openapi-parts.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

const fileListQuerySchema = z.object({
  limit: z.int().min(1).max(maxPage).optional().describe(`Default ${maxPage}.`),
  after: z.string().optional().describe("Id of the last file of the previous page."),
  order: z.enum(["asc", "desc"]).optional().describe("Sort order by upload time. Default desc: newest first."),
  purpose: z.string().optional().describe("Only files with this purpose; those of Replicate's clients have user_data."),
});

const formDescription =
  "OpenAI's clients send the file in `file` and get an id `file-…`; Replicate's send it in `content` and get `rf_…`.";

/** Files that an account sends, and the stored images behind links. */
export function filePaths(): JsonSchema {
  const id = pathParameter("id", "The file's id, `file-…` or `rf_…`.");
  return {
    "/v1/files": {
      post: {
        ...operation("uploadFile", "files", "Upload a file. Requests use it by its id."),
        description: `${formDescription} Files are kept for 30 days, or for as long as expires_after says.`,
        requestBody: { required: true, content: { "multipart/form-data": { schema: formSchema } } },
        responses: {
          200: json("The file, uploaded in OpenAI's form.", openaiFileSchema),
          201: json("The file, as Replicate's clients want it.", replicateFileSchema),
          ...eitherError(400, 401, 403, 413, 415, 422, 429),
        },
      },
      get: {
        ...operation("listFiles", "files", "List the account's files by pages."),
        parameters: parameters("query", fileListQuerySchema),
        responses: { 200: json("One page of the list.", fileListSchema), ...eitherError(400, 401, 403, 429) },
      },
    },
    "/v1/files/{id}": {
      get: {
        ...operation("getUploadedFile", "files", "Get an uploaded file's metadata."),
        parameters: [id],
        responses: {
          200: {
            description: "The file, in the form of the API that it was uploaded through.",
            content: {
              "application/json": { schema: { anyOf: [schemaRef(openaiFileSchema), schemaRef(replicateFileSchema)] } },
            },
          },
          ...eitherError(401, 403, 404, 429),
        },
      },
      delete: {
        ...operation("deleteFile", "files", "Delete a file. Jobs that use it keep their copy."),
        parameters: [id],
        responses: {
          200: json("Deleted.", deletedFileSchema),
          204: { description: "Deleted (Replicate's form)." },
          ...eitherError(401, 403, 404, 429),
        },
      },
    },
    "/v1/files/{key}/content": {
      get: {
        ...operation("getFile", "files", "Get a stored image by its link, or an uploaded file by its id."),
        description:
          "Use the links in jobs as they are: they need no API key, and end in a name to save the file under. " +
          "A file that was sent (`file-…`) is read with the key of its account, and without exp and sig.",
        security: [{}, { bearer: [] }],
        parameters: [
          pathParameter("key", "The key of the link, which may contain slashes, or the id of a file."),
          ...parameters(
            "query",
            z.object({
              exp: z.string().optional().describe("Part of a signed link."),
              sig: z.string().optional().describe("Part of a signed link."),
            }),
          ),
          ...parameters("header", z.object({ Range: z.string().optional().describe("bytes=first-last") })),
        ],
        responses: {
          200: { description: "The file.", content: binary },
          206: { description: "The requested range.", content: binary },
          302: { description: "Redirect to the object store." },
          304: { description: "Unchanged." },
          ...eitherError(401, 403, 404, 429),
          ...problems(410, 416),
        },
      },
    },
  };
}

const formSchema = {
  type: "object",
  properties: {
    file: { type: "string", format: "binary", description: "The file, in OpenAI's form." },
    purpose: {
      type: "string",
      maxLength: 64,
      description: "OpenAI's purpose of the file: batch or user_data.",
    },
    "expires_after[anchor]": { type: "string", enum: ["created_at"], description: "In OpenAI's form." },
    "expires_after[seconds]": {
      type: "integer",
      minimum: 3_600,
      maximum: jobRetentionS,
      description: "The file is deleted so long after its upload, in OpenAI's form.",
    },
    content: { type: "string", format: "binary", description: "The file, in Replicate's form." },
    metadata: { type: "string", maxLength: 20_000, description: "Labels as a JSON object, in Replicate's form." },
  },
};

const binary = { "*/*": { schema: { type: "string", format: "binary" } } };

/** The form of an error follows the id: OpenAI's, Replicate's, or our own for what is neither's. */
function eitherError(...statuses: number[]): JsonSchema {
  const content = {
    "application/json": { schema: schemaRef(openaiErrorSchema) },
    "application/problem+json": { schema: { anyOf: [schemaRef(problemSchema), schemaRef(replicateErrorSchema)] } },
  };
  return Object.fromEntries(statuses.map((status) => [status, { description: meanings[status], content }]));
}
