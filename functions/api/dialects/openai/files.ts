import * as z from "zod";
import { jobRetentionS } from "../../../../shared/limits.ts";
import { parseFields } from "../../../../shared/request/field-errors.ts";
import { valueOfText } from "../../../../shared/request/request-fields.ts";
import { expiryOf, purposeOf, type UploadedFile } from "../../files/uploaded-files.ts";
import type { FileForm } from "../dialect.ts";
import type { deletedFileSchema, fileListSchema, openaiFileSchema } from "../uploaded-file-responses.ts";

/** Seconds that a file may be asked to be kept; all are deleted after the longest. */
const shortestLifeS = 3_600;

export const expiresAfterSchema = z
  .strictObject({ anchor: z.literal("created_at"), seconds: z.int().min(shortestLifeS).max(jobRetentionS) })
  .nullish()
  .describe("When the file is deleted. Default: after 30 days.");

const formSchema = z.object({ expires_after: expiresAfterSchema });

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
  expiresAfterS: (form) => {
    const anchor = form.get("expires_after[anchor]");
    const seconds = form.get("expires_after[seconds]");
    if (anchor === null && seconds === null) return undefined;
    const given = {
      anchor: anchor ?? undefined,
      seconds: seconds === null ? undefined : valueOfText("number", String(seconds)),
    };
    return parseFields(formSchema, { expires_after: given }).expires_after?.seconds;
  },
  presentDeleted: (id): z.infer<typeof deletedFileSchema> => ({ id, object: "file", deleted: true }),
};

export function presentOpenaiFile(file: UploadedFile): z.infer<typeof openaiFileSchema> {
  const { id, bytes, createdAt, filename } = file;
  return {
    id,
    object: "file" as const,
    bytes,
    created_at: Math.floor(createdAt / 1_000),
    expires_at: Math.floor(expiryOf(file) / 1_000),
    filename,
    purpose: purposeOf(file),
    status: "processed" as const,
    status_details: null,
  };
}
