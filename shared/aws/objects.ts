import { randomUUID } from "node:crypto";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { type Clock, systemClock } from "../ports/clock.ts";
import { checkByteRange, checkObjectKey, checkObjectPrefix } from "../ports/object-key.ts";
import type { ObjectInfo, Objects, StoredObject, WalkedObject } from "../ports/objects.ts";

/** S3 answers at most this many keys a page. */
const maxPage = 1000;
/** HEAD requests at once while a list is put together. */
const headsAtOnce = 16;
/** Tries of a conditional create that meets another one for the same key in progress. */
const maxTries = 10;

export interface S3ObjectsOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** For the waits between tries. @default systemClock */
  readonly clock?: Clock;
}

/**
 * `objects` in an S3 bucket. `list` costs one HEAD request per object: S3 lists no content types.
 * `test/conformance/aws-queue-objects.test.ts` runs the suite of the port over it.
 */
export function openS3Objects({ client, bucket, clock = systemClock }: S3ObjectsOptions): Objects {
  return new S3Objects(client, bucket, clock);
}

class S3Objects implements Objects {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #clock: Clock;

  constructor(client: S3Client, bucket: string, clock: Clock) {
    this.#client = client;
    this.#bucket = bucket;
    this.#clock = clock;
  }

  async put(key: string, body: Uint8Array, { contentType }: { readonly contentType: string }): Promise<void> {
    await this.#client.send(new PutObjectCommand({ ...this.#at(key), Body: body, ContentType: contentType }));
  }

  async putIfAbsent(
    key: string,
    body: Uint8Array,
    { contentType }: { readonly contentType: string },
  ): Promise<boolean> {
    const writer = randomUUID();
    const at = this.#at(key);
    for (let tries = 1; ; tries++) {
      try {
        await this.#client.send(
          new PutObjectCommand({ ...at, Body: body, ContentType: contentType, IfNoneMatch: "*", Metadata: { writer } }),
        );
        return true;
      } catch (error) {
        // When a response is lost the SDK sends again, and the object that is then in the way may be our own.
        if (isNamed(error, "PreconditionFailed")) return (await this.#headOutput(key))?.Metadata?.writer === writer;
        if (!isNamed(error, "ConditionalRequestConflict") || tries === maxTries) throw error;
        await this.#clock.sleep(Math.random() * 50 * tries);
      }
    }
  }

  get(key: string): Promise<StoredObject | undefined> {
    return this.#read(key, undefined);
  }

  /** `bytes` in the response is the size of the whole object. */
  async getRange(key: string, start: number, end: number): Promise<StoredObject | undefined> {
    checkByteRange(start, end);
    try {
      return await this.#read(key, `bytes=${start}-${end}`);
    } catch (error) {
      if (isNamed(error, "InvalidRange")) throw new RangeError(`${key} ends before byte ${start}`, { cause: error });
      throw error;
    }
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const output = await this.#headOutput(key);
    return output && toInfo(key, output, output.ContentLength);
  }

  async list(
    prefix: string,
    { limit = maxPage, cursor }: { readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<{ objects: ObjectInfo[]; cursor?: string }> {
    checkObjectPrefix(prefix);
    if (cursor !== undefined) checkObjectKey(cursor);
    const { Contents = [], IsTruncated } = await this.#client.send(
      new ListObjectsV2Command({
        Bucket: this.#bucket,
        Prefix: prefix,
        MaxKeys: Math.min(limit, maxPage),
        StartAfter: cursor,
      }),
    );
    const keys = Contents.map(({ Key }) => Key!);
    const objects: ObjectInfo[] = [];
    for (let i = 0; i < keys.length; i += headsAtOnce) {
      const infos = await Promise.all(keys.slice(i, i + headsAtOnce).map((key) => this.head(key)));
      objects.push(...infos.filter((info) => info !== undefined)); // undefined: deleted since
    }
    const last = keys.at(-1);
    return IsTruncated && last !== undefined ? { objects, cursor: last } : { objects };
  }

  async *walk(prefix: string): AsyncGenerator<WalkedObject> {
    checkObjectPrefix(prefix);
    let StartAfter: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, StartAfter }),
      );
      const found = (page.Contents ?? []).map(({ Key, LastModified }) => ({
        key: Key!,
        modifiedAt: LastModified!.getTime(),
      }));
      yield* found;
      StartAfter = page.IsTruncated ? found.at(-1)?.key : undefined;
    } while (StartAfter !== undefined);
  }

  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand(this.#at(key)));
  }

  async presign(
    key: string,
    { expiresInS, contentType, contentDisposition }: Parameters<Objects["presign"]>[1],
  ): Promise<string> {
    const command = new GetObjectCommand({
      ...this.#at(key),
      ResponseContentType: contentType,
      ResponseContentDisposition: contentDisposition,
    });
    return getSignedUrl(this.#client, command, { expiresIn: expiresInS });
  }

  async presignPut(
    key: string,
    { expiresInS, contentType, bytes }: Parameters<Objects["presignPut"]>[1],
  ): Promise<string> {
    const command = new PutObjectCommand({ ...this.#at(key), ContentType: contentType, ContentLength: bytes });
    // Both are signed: what is sent otherwise is refused by S3.
    const signableHeaders = new Set(["content-type", "content-length"]);
    return getSignedUrl(this.#client, command, { expiresIn: expiresInS, signableHeaders });
  }

  async close(): Promise<void> {}

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    checkObjectKey(key);
    return { Bucket: this.#bucket, Key: key };
  }

  async #headOutput(key: string): Promise<HeadObjectCommandOutput | undefined> {
    try {
      return await this.#client.send(new HeadObjectCommand(this.#at(key)));
    } catch (error) {
      if (isNamed(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async #read(key: string, range: string | undefined): Promise<StoredObject | undefined> {
    try {
      const output = await this.#client.send(new GetObjectCommand({ ...this.#at(key), Range: range }));
      const body = await output.Body!.transformToByteArray();
      // `bytes 0-3/100`: the size of the whole object comes last.
      const bytes =
        output.ContentRange === undefined ? output.ContentLength : Number(output.ContentRange.split("/")[1]);
      return { ...toInfo(key, output, bytes), body };
    } catch (error) {
      if (isNamed(error, "NoSuchKey")) return undefined;
      throw error;
    }
  }
}

function toInfo(
  key: string,
  { ContentType, LastModified }: { ContentType?: string | undefined; LastModified?: Date | undefined },
  bytes: number | undefined,
): ObjectInfo {
  if (bytes === undefined || LastModified === undefined) throw new Error(`S3 gave no size or date for ${key}`);
  return { key, bytes, contentType: ContentType ?? "application/octet-stream", modifiedAt: LastModified.getTime() };
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
