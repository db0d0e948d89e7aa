import * as z from "zod";
import { openaiFileSchema } from "../uploaded-file-responses.ts";

const time = z.int().describe("Seconds since the epoch.");

export const openaiUploadSchema = z
  .object({
    id: z.string().describe("`upload_…`"),
    object: z.literal("upload"),
    bytes: z.int().describe("Total size of the parts in bytes."),
    created_at: time,
    expires_at: time.describe("Parts are taken until then. Seconds since the epoch."),
    filename: z.string(),
    purpose: z.string(),
    status: z.enum(["pending", "completed", "cancelled"]),
    file: openaiFileSchema.nullable().describe("The file, once the upload is completed."),
  })
  .meta({ id: "OpenAIUpload" });

const part = {
  id: z.string().describe("`part_…`"),
  object: z.literal("upload.part"),
  created_at: time,
  upload_id: z.string(),
};

export const openaiUploadPartSchema = z.object(part).meta({ id: "OpenAIUploadPart" });

export const partLinkSchema = z
  .object({
    ...part,
    method: z.literal("PUT"),
    url: z.url().describe("Takes the part's bytes as its body, without an API key."),
    headers: z.record(z.string(), z.string()).describe("To be sent with the part."),
    expires_at: time,
  })
  .meta({ id: "PartLink" });
