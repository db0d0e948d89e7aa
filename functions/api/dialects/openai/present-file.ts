import type { UploadedFile } from "../../uploaded-files.ts";

export function presentOpenaiFile({ id, bytes, createdAt, filename, purpose = "user_data" }: UploadedFile) {
  return {
    ...{ id, object: "file", bytes, created_at: Math.floor(createdAt / 1_000) },
    ...{ filename, purpose, status: "processed", status_details: null },
  };
}
