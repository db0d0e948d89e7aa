import { type AccountLimit, giveRoomBack, writeWithin } from "../../../shared/access/account-room.ts";
import { ConflictError, InvalidInputError, LimitError, NotFoundError } from "../../../shared/errors.ts";
import { maxBodyBytes, maxFileBytes, maxFileParts, maxOpenUploads } from "../../../shared/limits.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed, type Write } from "../../../shared/ports/items.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { queryAll, queryEach } from "../../../shared/ports/query-all.ts";
import { recordType } from "../../../shared/ports/record.ts";
import { type FilePart, type UploadedFile, UploadedFiles } from "./uploaded-files.ts";

/** A file on its way here in parts. Times are milliseconds since the epoch. */
export interface Upload {
  /** `upload_` + ULID. */
  readonly id: string;
  readonly accountId: string;
  /** Id of the file that it becomes. */
  readonly fileId: string;
  readonly filename: string;
  readonly contentType: string;
  readonly purpose: string;
  /** Total size of the parts in bytes. */
  readonly bytes: number;
  readonly status: "pending" | "completed" | "cancelled";
  readonly createdAt: number;
  readonly expiresAt: number;
  /** Life of the file, in seconds. @default that of all files */
  readonly expiresAfterS?: number;
}

/** A part that arrived, or that a link was given for. */
export interface UploadPart {
  /** `part_` + ULID. */
  readonly id: string;
  readonly uploadId: string;
  /** Unknown of a part that goes straight to the store, until the upload is completed. */
  readonly bytes?: number;
  readonly createdAt: number;
}

/** Where to PUT a part without passing through the API. */
export interface PartLink {
  readonly part: UploadPart;
  readonly url: string;
  readonly expiresAt: number;
}

interface UploadDependencies {
  readonly items: Items;
  readonly objects: Objects;
  readonly clock: Clock;
  readonly newId: () => string;
}

const uploadRecord = recordType<Upload>("upload", ["id", "accountId", "fileId", "bytes", "status"]);
const partRecord = recordType<UploadPart>("part of an upload", ["id", "uploadId"]);

/** Parts are taken for so long after the upload was begun; a little later all trace of it may go. */
const lifeMs = 3_600_000;
const retentionS = 2 * 86_400;
const linkS = 900;

/**
 * Files that arrive in parts, in any order and as often as a client likes; the parts that `complete` names, in its
 * order, become a file. The bytes go to the object store as they arrive and are never held together.
 */
export class Uploads {
  readonly #dependencies: UploadDependencies;

  constructor(dependencies: UploadDependencies) {
    this.#dependencies = dependencies;
  }

  /** @throws InvalidInputError `file_too_large`; LimitError `upload_limit` */
  async create(
    accountId: string,
    file: Pick<Upload, "filename" | "contentType" | "purpose" | "bytes" | "expiresAfterS">,
  ): Promise<Upload> {
    const { items, clock, newId } = this.#dependencies;
    if (file.bytes > maxFileBytes) {
      const message = `bytes must be at most ${maxFileBytes}, got ${file.bytes}; make several files of it`;
      throw new InvalidInputError("file_too_large", message, { param: "bytes" });
    }
    const createdAt = clock.now();
    const upload: Upload = {
      ...file,
      id: `upload_${newId()}`,
      fileId: `file-${newId()}`,
      accountId,
      status: "pending",
      createdAt,
      expiresAt: createdAt + lifeMs,
    };
    // A part may be sent again, but not for ever: what is never completed is counted nowhere else.
    const data = { left: maxFileParts, bytes: 2 * file.bytes + maxBodyBytes };
    const left = { ...leftKey(upload.id), exp: expiryOf(upload), data };
    const writes: Write[] = [{ put: uploadItem(upload), if: { absent: true } }, { put: left }];
    await writeWithin({ items, clock }, [{ limit: this.#limit(accountId) }], writes);
    return upload;
  }

  /**
   * Stored on return.
   * @throws ConflictError `upload_not_open`; InvalidInputError `too_many_parts`, `upload_too_large`
   */
  async addPart(accountId: string, id: string, body: Uint8Array): Promise<UploadPart> {
    if (body.length === 0) throw new InvalidInputError("invalid_value", "data is empty", { param: "data" });
    const upload = await this.#open(accountId, id);
    const part = this.#newPart(upload, body.length);
    const { objects } = this.#dependencies;
    await objects.put(partKey(accountId, part), body, { contentType: partType });
    try {
      await this.#record(part, body.length);
    } catch (error) {
      await objects.delete(partKey(accountId, part));
      throw error;
    }
    return part;
  }

  /**
   * A link for a part of up to `bytes` bytes, which then need not pass through the API.
   * @returns nothing where the store has no server of its own
   */
  async linkPart(accountId: string, id: string, bytes: number): Promise<PartLink | undefined> {
    const { objects, clock } = this.#dependencies;
    const part = this.#newPart(await this.#open(accountId, id));
    const options = { expiresInS: linkS, contentType: partType, bytes };
    const url = await objects.presignPut(partKey(accountId, part), options);
    if (url === undefined) return undefined;
    await this.#record(part, bytes);
    return { part, url, expiresAt: clock.now() + linkS * 1_000 };
  }

  /**
   * Makes a file of the parts, in this order. Repeating the call for a completed upload returns the same file.
   * @throws InvalidInputError `part_not_found`, `part_repeated`, `upload_incomplete`, `checksum_mismatch`
   */
  async complete(
    accountId: string,
    id: string,
    { partIds, md5 }: { readonly partIds: readonly string[]; readonly md5?: string },
  ): Promise<{ readonly upload: Upload; readonly file: UploadedFile }> {
    const files = new UploadedFiles(this.#dependencies);
    const found = await this.get(accountId, id);
    if (found.status === "completed") return { upload: found, file: await files.get(accountId, found.fileId) };
    const upload = await this.#open(accountId, id);
    const parts = await this.#parts(upload, partIds);
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    if (bytes !== upload.bytes) {
      const message =
        `the parts have ${bytes} bytes, the upload was begun for ${upload.bytes}; send what is missing, or begin ` +
        "another";
      throw new InvalidInputError("upload_incomplete", message, { param: "part_ids" });
    }
    const { fileId, filename, contentType, purpose, expiresAfterS } = upload;
    const file = await files.createFromParts(
      { id: fileId, accountId, filename, contentType, purpose, metadata: {}, expiresAfterS },
      parts,
      { md5 },
    );
    return { upload: await this.#end(upload, "completed"), file };
  }

  /** @throws ConflictError `upload_not_open` for one that is completed */
  async cancel(accountId: string, id: string): Promise<Upload> {
    const upload = await this.get(accountId, id);
    if (upload.status === "cancelled") return upload;
    if (upload.status === "completed") throw notOpen(upload);
    return this.#end(upload, "cancelled");
  }

  /** @throws NotFoundError `upload_not_found`, also for one of somebody else */
  async get(accountId: string, id: string): Promise<Upload> {
    const item = await this.#find(accountId, id);
    if (item === undefined) {
      throw new NotFoundError("upload_not_found", `there is no upload ${JSON.stringify(id.slice(0, 60))}`, {
        param: "upload_id",
      });
    }
    return uploadRecord.read(item);
  }

  async #find(accountId: string, id: string): Promise<Item | undefined> {
    if (!/^upload_[0-9A-Z]{26}$/.test(id)) return undefined;
    return this.#dependencies.items.get(uploadKey({ accountId, id }));
  }

  async #open(accountId: string, id: string): Promise<Upload> {
    const upload = await this.get(accountId, id);
    if (upload.status !== "pending" || this.#dependencies.clock.now() >= upload.expiresAt) throw notOpen(upload);
    return upload;
  }

  /** @throws InvalidInputError `too_many_parts`, `upload_too_large` */
  async #record(part: UploadPart, bytes: number): Promise<void> {
    const { items } = this.#dependencies;
    const room: Write = {
      add: leftKey(part.uploadId),
      amounts: { left: -1, bytes: -bytes },
      if: {
        every: [
          { attribute: "left", atLeast: 1 },
          { attribute: "bytes", atLeast: bytes },
        ],
      },
    };
    try {
      await items.write([{ put: partItem(part) }, room]);
    } catch (error) {
      if (!(error instanceof ItemsConditionFailed)) throw error;
      const left = await items.get(leftKey(part.uploadId));
      const isTooLarge = Number(left?.data.left ?? 0) > 0;
      const message = isTooLarge
        ? "the parts have more than twice the bytes that the upload was begun for; complete it, or begin another"
        : `an upload has at most ${maxFileParts} parts; send larger ones`;
      throw new InvalidInputError(isTooLarge ? "upload_too_large" : "too_many_parts", message, { param: "data" });
    }
  }

  #limit(accountId: string): AccountLimit {
    const { items, clock } = this.#dependencies;
    return {
      name: "uploads",
      accountId,
      most: maxOpenUploads,
      async count() {
        let open = 0;
        for await (const item of queryEach(items, { index: "main", partition: uploadsOf(accountId) })) {
          const { status, expiresAt } = uploadRecord.read(item);
          if (status === "pending" && expiresAt > clock.now()) open++;
        }
        return open;
      },
      refused: () => {
        const message = `the account has ${maxOpenUploads} uploads under way, the most that it may have; complete or cancel some`;
        return new LimitError("upload_limit", message, 60);
      },
    };
  }

  #newPart({ id: uploadId }: Upload, bytes?: number): UploadPart {
    const { clock, newId } = this.#dependencies;
    return { id: `part_${newId()}`, uploadId, createdAt: clock.now(), bytes };
  }

  async #parts({ accountId, id }: Upload, wanted: readonly string[]): Promise<FilePart[]> {
    const { items, objects } = this.#dependencies;
    const known = await queryAll(items, { index: "main", partition: partsOf(id), prefix: "part_" });
    const byId = new Map(known.map((item) => [item.sk, partRecord.read(item)]));
    const parts: FilePart[] = [];
    const seen = new Set<string>();
    for (const partId of wanted) {
      if (seen.has(partId)) {
        const message = `part_ids names ${partId} more than once; name each part once, in the order of the file`;
        throw new InvalidInputError("part_repeated", message, { param: "part_ids" });
      }
      seen.add(partId);
      const part = byId.get(partId);
      const key = part && partKey(accountId, part);
      const bytes = part?.bytes ?? (key === undefined ? undefined : (await objects.head(key))?.bytes);
      if (key === undefined || bytes === undefined) {
        const message = `part_ids names ${JSON.stringify(partId.slice(0, 60))}, which has not arrived; send it first`;
        throw new InvalidInputError("part_not_found", message, { param: "part_ids" });
      }
      parts.push({ key, bytes });
    }
    return parts;
  }

  async #end(upload: Upload, status: "completed" | "cancelled"): Promise<Upload> {
    const ended: Upload = { ...upload, status };
    const { items, clock } = this.#dependencies;
    const item = await items.get(uploadKey(upload));
    // One whose time is over is counted no more.
    const room = upload.expiresAt > clock.now() ? [giveRoomBack(this.#limit(upload.accountId))] : [];
    try {
      await items.write([{ put: uploadItem(ended), if: { version: item?.version ?? 0 } }, ...room]);
      return ended;
    } catch (error) {
      if (!(error instanceof ItemsConditionFailed)) throw error;
      // Completed or cancelled by another request at the same moment.
      const found = await this.get(upload.accountId, upload.id);
      if (found.status !== status) throw notOpen(found);
      return found;
    }
  }
}

const partType = "application/octet-stream";

function notOpen({ status, expiresAt }: Upload): ConflictError {
  const state = status === "pending" ? `expired at ${new Date(expiresAt).toISOString()}` : `is ${status}`;
  return new ConflictError("upload_not_open", `the upload ${state}; begin another`);
}

function uploadKey({ accountId, id }: Pick<Upload, "accountId" | "id">) {
  return { pk: uploadsOf(accountId), sk: id };
}

function uploadsOf(accountId: string): string {
  return `ACC#${accountId}#UPLOADS`;
}

function partsOf(uploadId: string): string {
  return `UPLOAD#${uploadId}`;
}

/** `{ left }`: how many more parts the upload may have. */
function leftKey(uploadId: string) {
  return { pk: partsOf(uploadId), sk: "LEFT" };
}

function uploadItem(upload: Upload) {
  return { ...uploadKey(upload), exp: expiryOf(upload), data: uploadRecord.write(upload) };
}

function partItem(part: UploadPart) {
  return { pk: partsOf(part.uploadId), sk: part.id, exp: expiryOf(part), data: partRecord.write(part) };
}

/** Parts lie beside the account's files, which are kept as long. */
function partKey(accountId: string, { uploadId, id }: UploadPart): string {
  return `in/${accountId}/${uploadId}/${id}`;
}

function expiryOf({ createdAt }: { readonly createdAt: number }): number {
  return Math.floor(createdAt / 1_000) + retentionS;
}
