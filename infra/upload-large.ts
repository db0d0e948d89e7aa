import { open } from "node:fs/promises";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

const partBytes = 64 * 2 ** 20;
const parallel = 4;

/** A file of up to 640 GB, in parts and in parallel. What was sent of an upload that fails is deleted again. */
export async function uploadLarge(
  client: S3Client,
  {
    bucket,
    key,
    path,
    bytes,
  }: { readonly bucket: string; readonly key: string; readonly path: string; readonly bytes: number },
): Promise<void> {
  const target = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...target, ContentType: "application/octet-stream" }),
  );
  const file = await open(path, "r");
  try {
    const count = Math.ceil(bytes / partBytes);
    const etags: string[] = [];
    const numbers = Array.from({ length: count }, (_, index) => index + 1).values();
    await Promise.all(
      Array.from({ length: Math.min(parallel, count) }, async () => {
        for (const PartNumber of numbers) {
          const start = (PartNumber - 1) * partBytes;
          const Body = new Uint8Array(Math.min(partBytes, bytes - start));
          await file.read(Body, 0, Body.length, start);
          const { ETag } = await client.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
          etags[PartNumber - 1] = ETag ?? "";
        }
      }),
    );
    const Parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
}
