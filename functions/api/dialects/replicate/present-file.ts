import * as z from "zod";
import { jobRetentionS } from "../../../../shared/limits.ts";
import type { LinkSigner } from "../../../../shared/signed-link.ts";
import { type UploadedFile, uploadedFileKey } from "../../uploaded-files.ts";

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
    urls: z.object({ get: z.url().describe("What to put into inputs; needs no header.") }),
  })
  .meta({ id: "ReplicateFile" });

/** `urls.get` is what the client puts into inputs: here a link that needs no header. */
export function presentReplicateFile(file: UploadedFile, link: LinkSigner): z.infer<typeof replicateFileSchema> {
  const { id, filename, contentType, bytes, sha256, metadata, createdAt } = file;
  return {
    ...{ id, name: filename, content_type: contentType, size: bytes, etag: sha256, metadata },
    checksums: { sha256 },
    created_at: new Date(createdAt).toISOString(),
    expires_at: new Date(createdAt + jobRetentionS * 1_000).toISOString(),
    urls: { get: link.file(uploadedFileKey(file)).url },
  };
}
