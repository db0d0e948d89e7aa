import type * as z from "zod";
import type { LinkSigner } from "../../../../shared/access/signed-link.ts";
import { expiryOf, type UploadedFile, uploadedFileKey } from "../../files/uploaded-files.ts";
import { isoTime } from "../../http/iso-time.ts";
import type { FileForm } from "../dialect.ts";
import type { fileListSchema, replicateFileSchema } from "../uploaded-file-responses.ts";

export const replicateFiles: FileForm = {
  idPrefix: "rf_",
  formField: "content",
  createdStatus: 201,
  present: presentReplicateFile,
  presentList: ({ files, hasMore }, link): Pick<z.infer<typeof fileListSchema>, "results" | "next" | "previous"> => ({
    results: files.map((file) => presentReplicateFile(file, link)),
    next: hasMore ? `${link.origin}/v1/files?after=${files.at(-1)!.id}` : null,
    previous: null,
  }),
};

/** `urls.get` is what the client puts into inputs: here a link that needs no header. */
function presentReplicateFile(file: UploadedFile, link: LinkSigner): z.infer<typeof replicateFileSchema> {
  const { id, filename, contentType, bytes, sha256, metadata, createdAt } = file;
  return {
    id,
    name: filename,
    content_type: contentType,
    size: bytes,
    etag: sha256,
    metadata,
    checksums: { sha256 },
    created_at: isoTime(createdAt),
    expires_at: isoTime(expiryOf(file)),
    urls: { get: link.file(uploadedFileKey(file)).url },
  };
}
