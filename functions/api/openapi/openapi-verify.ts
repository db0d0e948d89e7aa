import { verifyQuerySchema, verifyRequestSchema } from "../verify/verify-request.ts";
import { verificationSchema } from "../verify/verify-responses.ts";
import { json, operation, problems } from "./openapi-parts.ts";
import { type JsonSchema, parameters, schemaRef } from "./openapi-schemas.ts";

/** Whether an image was made here. */
export function verifyPaths(): JsonSchema {
  const verification = json("What is known of the file.", verificationSchema);
  return {
    "/v1/verify": {
      get: {
        ...operation("verifyDigest", "verify", "Check by its SHA-256 whether a file was made here."),
        description:
          "Recognises the bytes as they were delivered. The account that made the image is told its job; others " +
          "learn only whether it was made here.",
        parameters: parameters("query", verifyQuerySchema),
        responses: { 200: verification, ...problems(400, 401, 403) },
      },
      post: {
        ...operation("verifyImage", "verify", "Check whether an image was made here and whether it was changed."),
        description:
          "Takes JSON or a form with a file of at most 6 MB; larger ones by the id of an uploaded file. The file is " +
          "recognised by its bytes and by its content credentials. Nothing of it is kept.",
        requestBody: {
          required: true,
          content: {
            "application/json": { schema: schemaRef(verifyRequestSchema) },
            "multipart/form-data": {
              schema: { type: "object", properties: { file: { type: "string", format: "binary" } } },
            },
          },
        },
        responses: { 200: verification, ...problems(400, 401, 403, 413, 415, 422, 429, 503) },
      },
    },
  };
}
