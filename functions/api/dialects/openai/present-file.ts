import * as z from "zod";
import type { UploadedFile } from "../../uploaded-files.ts";

export const openaiFileSchema = z
  .object({
    id: z.string().describe("`file-…`"),
    object: z.literal("file"),
    bytes: z.int(),
    created_at: z.int().describe("Seconds since the epoch."),
    filename: z.string(),
    purpose: z.string(),
    status: z.literal("processed"),
    status_details: z.null(),
  })
  .meta({ id: "UploadedFile" });

export function presentOpenaiFile({
  id,
  bytes,
  createdAt,
  filename,
  purpose = "user_data",
}: UploadedFile): z.infer<typeof openaiFileSchema> {
  return {
    ...{ id, object: "file" as const, bytes, created_at: Math.floor(createdAt / 1_000) },
    ...{ filename, purpose, status: "processed" as const, status_details: null },
  };
}
