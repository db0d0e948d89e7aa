import * as z from "zod";

export const openaiFileSchema = z
  .object({
    id: z.string().describe("`file-…`"),
    object: z.literal("file"),
    bytes: z.int(),
    created_at: z.int().describe("Seconds since the epoch."),
    expires_at: z.int().describe("It is deleted then. Seconds since the epoch."),
    filename: z.string(),
    purpose: z.string(),
    status: z.literal("processed"),
    status_details: z.null(),
  })
  .meta({ id: "UploadedFile" });

export const replicateFileSchema = z
  .object({
    id: z.string().describe("`rf_…`"),
    name: z.string(),
    content_type: z.string(),
    size: z.int().describe("Bytes."),
    etag: z.string(),
    metadata: z.record(z.string(), z.string()),
    checksums: z.object({ sha256: z.string() }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    urls: z.object({ get: z.url().describe("URL to use in inputs; needs no header.") }),
  })
  .meta({ id: "ReplicateFile" });

export const fileListSchema = z
  .object({
    object: z.literal("list"),
    data: z.array(openaiFileSchema).describe("In OpenAI's form."),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    results: z.array(replicateFileSchema).describe("The same files, in Replicate's form."),
    next: z.url().nullable().describe("The next page, for Replicate's clients."),
    previous: z.null(),
  })
  .meta({ id: "FileList" });

export const deletedFileSchema = z
  .object({ id: z.string(), object: z.literal("file"), deleted: z.literal(true) })
  .meta({ id: "DeletedFile" });

/** Replicate's form of an error, on the files that came through its API. */
export const replicateErrorSchema = z
  .object({
    title: z.string(),
    detail: z.string(),
    status: z.int(),
    code: z.string(),
    invalid_fields: z.array(z.object({ field: z.string(), type: z.string(), description: z.string() })).optional(),
    request_id: z.string(),
  })
  .meta({ id: "ReplicateError" });
