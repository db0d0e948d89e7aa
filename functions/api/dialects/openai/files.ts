import type * as z from "zod";
import { purposeOf, type UploadedFile } from "../../files/uploaded-files.ts";
import type { FileForm } from "../dialect.ts";
import type { deletedFileSchema, fileListSchema, openaiFileSchema } from "../uploaded-file-responses.ts";

export const openaiFiles: FileForm = {
  idPrefix: "file-",
  formField: "file",
  createdStatus: 200,
  present: presentOpenaiFile,
  presentList: ({ files, hasMore }): Omit<z.infer<typeof fileListSchema>, "results" | "next" | "previous"> => ({
    object: "list",
    data: files.map(presentOpenaiFile),
    has_more: hasMore,
    first_id: files[0]?.id ?? null,
    last_id: files.at(-1)?.id ?? null,
  }),
  presentDeleted: (id): z.infer<typeof deletedFileSchema> => ({ id, object: "file", deleted: true }),
};

export function presentOpenaiFile(file: UploadedFile): z.infer<typeof openaiFileSchema> {
  const { id, bytes, createdAt, filename } = file;
  return {
    id,
    object: "file" as const,
    bytes,
    created_at: Math.floor(createdAt / 1_000),
    filename,
    purpose: purposeOf(file),
    status: "processed" as const,
    status_details: null,
  };
}
