import { type Context, Hono } from "hono";
import * as z from "zod";
import { InvalidInputError } from "../../../../shared/errors.ts";
import { maxBodyBytes, maxFileBytes, maxFileParts } from "../../../../shared/limits.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../../dependencies.ts";
import type { UploadedFile } from "../../files/uploaded-files.ts";
import { type Upload, type UploadPart, Uploads } from "../../files/uploads.ts";
import { bodyLimit } from "../../http/body-limit.ts";
import { readForm } from "../../http/form-body.ts";
import { readJsonBody } from "../../http/json-body.ts";
import { ApiError } from "../../problems/api-error.ts";
import { expiresAfterSchema, presentOpenaiFile } from "./files.ts";
import type { openaiUploadPartSchema, openaiUploadSchema, partLinkSchema } from "./upload-schemas.ts";

export const uploadRequestSchema = z
  .strictObject({
    bytes: z
      .int()
      .min(1)
      .max(Number.MAX_SAFE_INTEGER)
      .describe(`Size of the whole file in bytes, at most ${maxFileBytes}.`),
    filename: z.string().min(1).max(1_024),
    // It becomes a header, here and at the object store.
    mime_type: z
      .string()
      .min(1)
      .max(255)
      .regex(/^[ -~]+$/, "must be printable ASCII, such as application/jsonl"),
    purpose: z.string().min(1).max(64),
    expires_after: expiresAfterSchema,
  })
  .meta({
    id: "OpenAIUploadRequest",
    examples: [{ bytes: 12_700_000, filename: "rows.jsonl", mime_type: "application/jsonl", purpose: "batch" }],
  });

export const completeRequestSchema = z
  .strictObject({
    part_ids: z
      .array(z.string().max(64))
      .min(1)
      .max(maxFileParts)
      .describe("Ids of the parts, in the order of the file."),
    md5: z.string().max(64).nullish().describe("MD5 of the whole file, in hexadecimal."),
  })
  .meta({ id: "OpenAIUploadCompletion", examples: [{ part_ids: ["part_01…", "part_02…"] }] });

export const partLinkRequestSchema = z
  .strictObject({
    bytes: z.int().min(1).max(maxFileBytes).describe("Size of the part in bytes, exactly as it will be sent."),
  })
  .meta({ id: "PartLinkRequest", examples: [{ bytes: 64_000_000 }] });

const partsRemedy = "send smaller parts";

/** `/v1/uploads`: files of more than one request can carry, in parts. */
export function uploadRoutes(dependencies: RouteDependencies): Hono<ApiEnv> {
  const write = dependencies.authenticate("files:write");
  const uploads = new Uploads(dependencies);
  const accountOf = (c: Context<ApiEnv>) => c.get("identity").accountId;
  return new Hono<ApiEnv>()
    .post("/v1/uploads", write, bodyLimit(), async (c) => {
      const request = parseFields(uploadRequestSchema, await readJsonBody(c.req.raw));
      const { bytes, filename, mime_type: contentType, purpose } = request;
      const expiresAfterS = request.expires_after?.seconds;
      const file = { bytes, filename, contentType, purpose, expiresAfterS };
      return c.json(presentUpload(await uploads.create(accountOf(c), file)));
    })
    .post("/v1/uploads/:id/parts", write, bodyLimit(partsRemedy), async (c) => {
      const data = (await readForm(c.req.raw)).get("data");
      if (!(data instanceof Blob)) {
        throw new InvalidInputError("invalid_value", "data is required: a form with the part in the field data", {
          param: "data",
        });
      }
      const body = new Uint8Array(await data.arrayBuffer());
      return c.json(presentPart(await uploads.addPart(accountOf(c), c.req.param("id"), body)));
    })
    .post("/v1/uploads/:id/part-links", write, bodyLimit(), async (c) => {
      const { bytes } = parseFields(partLinkRequestSchema, await readJsonBody(c.req.raw));
      const link = await uploads.linkPart(accountOf(c), c.req.param("id"), bytes);
      if (link === undefined) {
        const message =
          `this server has no direct upload links; send parts of up to ${maxBodyBytes} bytes to ` +
          "/v1/uploads/{id}/parts";
        throw new ApiError(422, "part_links_unavailable", message);
      }
      const { part, url, expiresAt } = link;
      const body: z.infer<typeof partLinkSchema> = {
        ...presentPart(part),
        method: "PUT",
        url,
        headers: { "content-type": "application/octet-stream" },
        expires_at: seconds(expiresAt),
      };
      return c.json(body);
    })
    .post("/v1/uploads/:id/complete", write, bodyLimit(), async (c) => {
      const request = parseFields(completeRequestSchema, await readJsonBody(c.req.raw));
      const order = { partIds: request.part_ids, md5: request.md5 ?? undefined };
      const { upload, file } = await uploads.complete(accountOf(c), c.req.param("id"), order);
      return c.json(presentUpload(upload, file));
    })
    .post("/v1/uploads/:id/cancel", write, async (c) =>
      c.json(presentUpload(await uploads.cancel(accountOf(c), c.req.param("id")))),
    );
}

function presentUpload(upload: Upload, file?: UploadedFile): z.infer<typeof openaiUploadSchema> {
  const { id, bytes, filename, purpose, status, createdAt, expiresAt } = upload;
  return {
    id,
    object: "upload",
    bytes,
    created_at: seconds(createdAt),
    expires_at: seconds(expiresAt),
    filename,
    purpose,
    status,
    file: file === undefined ? null : presentOpenaiFile(file),
  };
}

function presentPart({ id, uploadId, createdAt }: UploadPart): z.infer<typeof openaiUploadPartSchema> {
  return { id, object: "upload.part", created_at: seconds(createdAt), upload_id: uploadId };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1_000);
}
