import type * as z from "zod";
import type { UploadedFile } from "../../files/uploaded-files.ts";
import type { openaiFileSchema } from "../uploaded-file-responses.ts";

export function presentOpenaiFile({
  id,
  bytes,
  createdAt,
  filename,
  purpose = "user_data",
}: UploadedFile): z.infer<typeof openaiFileSchema> {
  return {
    id,
    object: "file" as const,
    bytes,
    created_at: Math.floor(createdAt / 1_000),
    filename,
    purpose,
    status: "processed" as const,
    status_details: null,
  };
}
