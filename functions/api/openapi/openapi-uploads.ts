import { maxBodyBytes, maxFileBytes } from "../../../shared/limits.ts";
import { completeRequestSchema, partLinkRequestSchema, uploadRequestSchema } from "../dialects/openai/upload-routes.ts";
import { openaiUploadPartSchema, openaiUploadSchema, partLinkSchema } from "../dialects/openai/upload-schemas.ts";
import { json, openaiErrors, operation, pathParameter } from "./openapi-parts.ts";
import { type JsonSchema, schemaRef } from "./openapi-schemas.ts";

const formSchema = {
  type: "object",
  required: ["data"],
  properties: { data: { type: "string", format: "binary", description: "The bytes of the part." } },
};

/** OpenAI's uploads: files too large for one request, in parts. */
export function uploadPaths(): JsonSchema {
  const id = pathParameter("id", "The upload's id.");
  const upload = { 200: json("The upload.", openaiUploadSchema) };
  return {
    "/v1/uploads": {
      post: {
        ...operation("createUpload", "files", `Begin to upload a file in parts, up to ${maxFileBytes} bytes.`),
        description:
          "OpenAI's Uploads API: create, send the parts in any order, complete. The file is then used by its " +
          "id like any other.",
        requestBody: { required: true, content: { "application/json": { schema: schemaRef(uploadRequestSchema) } } },
        responses: { ...upload, ...openaiErrors(400, 401, 403, 413, 415, 429) },
      },
    },
    "/v1/uploads/{id}/parts": {
      post: {
        ...operation("addUploadPart", "files", `Send a part, at most ${maxBodyBytes} bytes with its form.`),
        parameters: [id],
        requestBody: { required: true, content: { "multipart/form-data": { schema: formSchema } } },
        responses: {
          200: json("The part, which is stored.", openaiUploadPartSchema),
          ...openaiErrors(400, 401, 403, 404, 409, 413, 415, 429),
        },
      },
    },
    "/v1/uploads/{id}/part-links": {
      post: {
        ...operation("linkUploadPart", "files", "Get a link that takes a part straight to the object store."),
        description:
          "Not in OpenAI's API. On AWS: PUT the part to the link, then name it in complete. On one machine 422 " +
          "part_links_unavailable.",
        parameters: [id],
        requestBody: { required: true, content: { "application/json": { schema: schemaRef(partLinkRequestSchema) } } },
        responses: {
          200: json("The part, and where to send it.", partLinkSchema),
          ...openaiErrors(400, 401, 403, 404, 409, 413, 415, 422, 429),
        },
      },
    },
    "/v1/uploads/{id}/complete": {
      post: {
        ...operation(
          "completeUpload",
          "files",
          "Make a file of the parts. Repeating the call for a completed upload returns the same file.",
        ),
        parameters: [id],
        requestBody: { required: true, content: { "application/json": { schema: schemaRef(completeRequestSchema) } } },
        responses: { ...upload, ...openaiErrors(400, 401, 403, 404, 409, 413, 415, 429) },
      },
    },
    "/v1/uploads/{id}/cancel": {
      post: {
        ...operation("cancelUpload", "files", "Cancel an upload."),
        parameters: [id],
        responses: { ...upload, ...openaiErrors(401, 403, 404, 409, 429) },
      },
    },
  };
}
