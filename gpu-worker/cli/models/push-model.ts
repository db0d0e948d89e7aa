import { open } from "node:fs/promises";
import { join } from "node:path";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { InvalidFileError, InvalidInputError } from "../../../shared/errors.ts";
import { openModelFolder } from "../../weights/folder/model-folder.ts";
import {
  listFiles,
  type ManifestFile,
  type ModelManifest,
  parseManifest,
  readManifest,
  verifyModel,
} from "../../weights/folder/model-manifest.ts";

export interface PushOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Keys are `PREFIX/PATH`; a worker finds the model under `PREFIX/manifest.json`. */
  readonly prefix: string;
  /** Requests at once. @default 8 */
  readonly connections?: number;
  /** Bytes per request, 5 MiB or more as S3 has it. @default 32 MiB: 10,000 parts, the most there may be, are 320 GB */
  readonly partBytes?: number;
  readonly onBytes?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Upload a model folder for `fetchWeights` of the fleet's workers. The folder is checked first; files that the bucket
 * has with the same checksum are not sent again; `manifest.json` comes last, so that a reader meets the old model or
 * the new one and never half of one.
 * @throws InvalidFileError when the folder is not as its manifest says or, where it has none, is not a complete model
 */
export async function pushModel(modelDir: string, options: PushOptions): Promise<void> {
  const { client, bucket, prefix, signal, onBytes } = options;
  if (!/^[A-Za-z0-9_-][\w.-]*(\/[A-Za-z0-9_-][\w.-]*)*$/.test(prefix) || prefix.length > 200) {
    throw new InvalidInputError(
      "bad_model_name",
      `--as must be plain names with slashes between, got ${JSON.stringify(prefix)}`,
    );
  }
  const manifest = await checkedManifest(modelDir);
  for (const file of manifest.files) {
    signal?.throwIfAborted();
    if (await isThere(file, options)) onBytes?.(file.bytes);
    else await upload(modelDir, file, options);
  }
  await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: `${prefix}/manifest.json`,
      Body: JSON.stringify(manifest),
      ContentType: "application/json",
    }),
  );
}

/**
 * The manifest of a folder that pull or convert made, once every file is as it says; for a folder of other origin, a
 * new one.
 */
async function checkedManifest(modelDir: string): Promise<ModelManifest> {
  const manifest = await readManifest(modelDir);
  if (manifest === undefined) {
    await openModelFolder(modelDir);
    return parseManifest(JSON.stringify({ files: await listFiles(modelDir) }), modelDir);
  }
  const [problem] = await verifyModel(modelDir);
  if (problem) {
    const { path, problem: what } = problem;
    throw new InvalidFileError(`${join(modelDir, path)} ${what}; pull or convert the model again before it is pushed`);
  }
  return manifest;
}

async function isThere(
  { path, bytes, sha256 }: ManifestFile,
  { client, bucket, prefix }: PushOptions,
): Promise<boolean> {
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: `${prefix}/${path}` }));
    return head.ContentLength === bytes && head.Metadata?.sha256 === sha256;
  } catch (error) {
    if (error instanceof Error && error.name === "NotFound") return false;
    throw error;
  }
}

async function upload(modelDir: string, { path, bytes, sha256 }: ManifestFile, options: PushOptions): Promise<void> {
  const { client, bucket, prefix, connections = 8, partBytes = 32 * 2 ** 20, onBytes, signal } = options;
  const at = { Bucket: bucket, Key: `${prefix}/${path}` };
  const about = { ContentType: "application/octet-stream", Metadata: { sha256 } };
  await using file = await open(join(modelDir, path));
  const read = async (start: number, length: number) => {
    const body = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await file.read(body, done, length - done, start + done);
      if (bytesRead === 0) throw new InvalidFileError(`${join(modelDir, path)} shrank while it was sent`);
      done += bytesRead;
    }
    return body;
  };
  if (bytes <= partBytes) {
    await client.send(new PutObjectCommand({ ...at, ...about, Body: await read(0, bytes) }));
    onBytes?.(bytes);
    return;
  }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...at, ...about }));
  try {
    const count = Math.ceil(bytes / partBytes);
    const tags = new Array<string | undefined>(count);
    let next = 0;
    let failed = false;
    const work = async () => {
      while (next < count && !failed) {
        signal?.throwIfAborted();
        const index = next++;
        const length = Math.min(partBytes, bytes - index * partBytes);
        const Body = await read(index * partBytes, length);
        const { ETag } = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: index + 1, Body }));
        tags[index] = ETag;
        onBytes?.(length);
      }
    };
    const stopOthers = (error: unknown) => {
      failed = true;
      throw error;
    };
    await Promise.all(Array.from({ length: Math.min(connections, count) }, () => work().catch(stopOthers)));
    const Parts = tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
  } catch (error) {
    // Parts of an upload that never ends are stored, and paid for, for ever.
    await client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => {});
    throw error;
  }
}
