import { createHash } from "node:crypto";
import { encodeTime } from "ulid";
import { type AccountLimit, giveRoomBack, writeWithin } from "../../../shared/access/account-room.ts";
import { filesPartition as partition, storageLimit } from "../../../shared/access/storage-limit.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "../../../shared/errors.ts";
import { jobRetentionS, maxFiles, maxUploadBytes } from "../../../shared/limits.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed, type Query } from "../../../shared/ports/items.ts";
import { latest, noteIndexBegin, readIndexBegin } from "../../../shared/ports/lists/index-begin.ts";
import { matchingPage } from "../../../shared/ports/lists/matching-page.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { queryEach } from "../../../shared/ports/query-all.ts";
import { recordType } from "../../../shared/ports/record.ts";
import { forEachDue } from "../../../shared/ports/set-aside.ts";
import { describeValue } from "../../../shared/request/explain/describe-value.ts";

/** A file that an account has sent us, to be named in later requests. */
export interface UploadedFile {
  /** `file-` or `rf_`, by the API it came through, and a ULID. */
  readonly id: string;
  readonly accountId: string;
  readonly filename: string;
  readonly contentType: string;
  readonly bytes: number;
  /** Hex SHA-256 of the bytes. */
  readonly sha256: string;
  /** OpenAI's word for what it is meant for. */
  readonly purpose?: string;
  /** The client's own labels. */
  readonly metadata: { readonly [key: string]: string };
  /** Where the bytes are, in order, for a file that was sent or written in parts. @default one object under its id */
  readonly parts?: readonly FilePart[];
  /** A file of ours, with a JSON document a line, whose result links are signed anew whenever it is read. */
  readonly hasLinks?: boolean;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Deleted then. @default with the jobs of its time */
  readonly expiresAt?: number;
}

/** A file as it is given; `expiresAfterS` in seconds from then on. */
type NewFile = Omit<UploadedFile, "bytes" | "createdAt" | "expiresAt" | "sha256" | "parts"> & {
  readonly expiresAfterS?: number;
};

export interface FileQuery {
  readonly limit: number;
  readonly after?: string;
  /** By the time of the upload. @default "desc" */
  readonly order?: "asc" | "desc";
  /** Only files that `purposeOf` gives this. */
  readonly purpose?: string;
}

export interface FilePart {
  readonly key: string;
  readonly bytes: number;
}

/** Read from the store at once while a file is streamed. */
const pieceBytes = 2_000_000;

const fileRecord = recordType<UploadedFile>("uploaded file", ["id", "accountId", "bytes", "sha256", "createdAt"]);

/** Partition of the `due` index: files with a time of their own. */
const filesDue = "DUE#files";
/** Name of the index of files by purpose, see `index-begin.ts`. */
const purposeIndex = "files by purpose";
const purposePartition = (accountId: string, purpose: string) => `ACC#${accountId}#FILES#${purpose}`;
/** Sorts behind every id. */
const lastId = "~";

const maxFilenameCharacters = 200;
const idPrefixes = ["file-", "rf_"] as const;
const fileId = /^(?:file-|rf_)([0-9A-Z]{26})$/;

/** Uploaded files: a row each in `items`, the bytes in `objects`. Files are kept for as long as jobs. */
export class UploadedFiles {
  readonly #items: Items;
  readonly #objects: Objects;
  readonly #clock: Clock;

  constructor({ items, objects, clock }: { items: Items; objects: Objects; clock: Clock }) {
    this.#items = items;
    this.#objects = objects;
    this.#clock = clock;
  }

  /** Durable on return; the bytes are stored before anybody can find them. */
  async create(file: NewFile, body: Uint8Array): Promise<UploadedFile> {
    if (body.length === 0) throw new InvalidInputError("invalid_value", "the file is empty", { param: "file" });
    const sha256 = createHash("sha256").update(body).digest("hex");
    await this.#objects.put(uploadedFileKey(file), body, { contentType: file.contentType });
    return this.#record({ ...file, bytes: body.length, sha256 });
  }

  /**
   * A file out of parts that are stored already. One no larger than a request may name as an image becomes one object.
   * Again for the same id is the same file.
   * @param md5 - in hexadecimal, of the whole file
   * @throws InvalidInputError `checksum_mismatch`, before anybody can find the file
   */
  async createFromParts(
    file: NewFile,
    parts: readonly FilePart[],
    { md5 }: { readonly md5?: string } = {},
  ): Promise<UploadedFile> {
    const known = await this.#find(file.accountId, file.id);
    if (known !== undefined) return known;
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    const hashes = { sha256: createHash("sha256"), md5: createHash("md5") };
    const isSmall = bytes <= maxUploadBytes;
    const held: Uint8Array[] = [];
    for await (const piece of this.#pieces(parts)) {
      for (const hash of Object.values(hashes)) hash.update(piece);
      if (isSmall) held.push(piece);
    }
    const found = hashes.md5.digest("hex");
    if (md5 !== undefined && md5.toLowerCase() !== found) {
      throw new InvalidInputError("checksum_mismatch", `md5 is ${found}, expected ${md5}; upload the parts again`, {
        param: "md5",
      });
    }
    if (isSmall) {
      await this.#objects.put(uploadedFileKey(file), Buffer.concat(held), { contentType: file.contentType });
    }
    return this.#record({ ...file, bytes, sha256: hashes.sha256.digest("hex"), parts: isSmall ? undefined : parts });
  }

  async #record({
    expiresAfterS,
    ...file
  }: NewFile & Pick<UploadedFile, "bytes" | "sha256" | "parts">): Promise<UploadedFile> {
    const createdAt = this.#clock.now();
    const record: UploadedFile = {
      ...file,
      filename: file.filename.slice(0, maxFilenameCharacters),
      createdAt,
      expiresAt: expiresAfterS === undefined ? undefined : createdAt + 1_000 * expiresAfterS,
    };
    const data = fileRecord.write(record);
    const exp = Math.floor(createdAt / 1_000) + jobRetentionS;
    const byPurpose = { gpk: purposePartition(file.accountId, purposeOf(record)), gsk: ulidOf(record) };
    const put = { pk: partition(file.accountId), sk: file.id, ...byPurpose, ...dueOf(record), exp, data };
    await noteIndexBegin(this.#items, this.#clock, purposeIndex);
    try {
      const bytes = { limit: storageLimit(file.accountId, this.#items), amount: file.bytes };
      const uses = [{ limit: this.#limit(file.accountId) }, bytes];
      await writeWithin({ items: this.#items, clock: this.#clock }, uses, [{ put, if: { absent: true } }]);
    } catch (error) {
      // Parts are left: the request that completes them may come again.
      if (error instanceof ConflictError) await this.#objects.delete(uploadedFileKey(record));
      throw error;
    }
    return record;
  }

  /**
   * @param after - id of the last file of the page before, which may be deleted meanwhile
   * @throws InvalidInputError for one that is no file's
   */
  async list(
    accountId: string,
    { limit, after = "", order = "desc", purpose }: FileQuery,
  ): Promise<{ readonly files: UploadedFile[]; readonly hasMore: boolean }> {
    const last = fileId.exec(after)?.[1];
    if (after !== "" && last === undefined) {
      const message = `after must be the id of a file, got ${describeValue(after)}; begin again without it`;
      throw new InvalidInputError("invalid_value", message, { param: "after" });
    }
    const read = (item: Item) => {
      const file = fileRecord.read(item);
      const isWanted = (purpose === undefined || purpose === purposeOf(file)) && !this.#isOver(file);
      return isWanted && file.id !== after ? file : undefined;
    };
    const reverse = order === "desc";
    const above = (low: string) => (!reverse && last !== undefined && last > low ? last : low);
    const below = (high: string) => (reverse && last !== undefined && last < high ? last : high);
    // Files from here on are in the index of their purpose.
    const begin = purpose === undefined ? lastId : await this.#indexBegin();
    const page = async (query: Omit<Query, "limit">, isUnfiltered: boolean) => {
      // DynamoDB refuses a range that ends before it begins.
      if (query.from! > query.to!) return [];
      const wanted = { limit: limit + 1, read, isUnfiltered };
      return (await matchingPage(this.#items, { ...query, reverse }, wanted)).found;
    };
    const indexed = async () => {
      if (purpose === undefined) return [];
      const range = { from: above(begin), to: below(lastId) };
      return page({ index: "gsi1", partition: purposePartition(accountId, purpose), ...range }, true);
    };
    // Ids sort by API first: of each API's the next page, and of those together the first.
    const byId = idPrefixes.map((prefix) => {
      const range = { from: prefix + above(""), to: prefix + below(begin) };
      return page({ index: "main", partition: partition(accountId), ...range }, purpose === undefined);
    });
    const pages = await Promise.all([indexed(), ...byId]);
    const direction = order === "desc" ? 1 : -1;
    const files = pages.flat().sort((a, b) => (ulidOf(a) < ulidOf(b) ? direction : -direction));
    return { files: files.slice(0, limit), hasMore: files.length > limit };
  }

  async #indexBegin(): Promise<string> {
    const from = await readIndexBegin(this.#items, purposeIndex);
    return from === latest ? lastId : encodeTime(Date.parse(from), 10);
  }

  /** @throws NotFoundError `file_not_found`, also for a file of somebody else */
  async get(accountId: string, id: string): Promise<UploadedFile> {
    const file = await this.#find(accountId, id);
    if (file === undefined) throw fileNotFound(id);
    return file;
  }

  async #find(accountId: string, id: string): Promise<UploadedFile | undefined> {
    // Ids come in requests: one that is none need not be a key that the store takes.
    const item = fileId.test(id) ? await this.#items.get({ pk: partition(accountId), sk: id }) : undefined;
    const file = item && fileRecord.read(item);
    return file === undefined || this.#isOver(file) ? undefined : file;
  }

  #isOver({ expiresAt }: UploadedFile): boolean {
    return expiresAt !== undefined && expiresAt <= this.#clock.now();
  }

  /**
   * The bytes of a file, a piece at a time: memory does not grow with the file.
   * @throws NotFoundError as `get`, where its bytes are gone
   */
  async *stream(file: UploadedFile): AsyncGenerator<Uint8Array, void> {
    try {
      yield* this.#pieces(partsOf(file));
    } catch (cause) {
      if (cause instanceof MissingPart) throw fileNotFound(file.id);
      throw cause;
    }
  }

  async *#pieces(parts: readonly FilePart[]): AsyncGenerator<Uint8Array, void> {
    for (const { key, bytes } of parts) {
      for (let start = 0; start < bytes; start += pieceBytes) {
        const piece = await this.#objects.getRange(key, start, Math.min(start + pieceBytes, bytes) - 1);
        if (piece === undefined) throw new MissingPart(key);
        yield piece.body;
      }
    }
  }

  /** @throws NotFoundError as `get` */
  async remove(accountId: string, id: string): Promise<void> {
    return this.#remove(await this.get(accountId, id));
  }

  /**
   * Deletes files whose time is over.
   * @param limit - most of them @returns how many
   */
  async sweepExpired(limit = 100): Promise<number> {
    const { items, clock } = { items: this.#items, clock: this.#clock };
    const { items: rows } = await items.query({ index: "due", partition: filesDue, to: clock.now(), limit });
    const failed = await forEachDue(
      { items, clock },
      { kind: "file", rows, idOf: ({ sk }) => sk },
      async ({ pk, sk }) => {
        const item = await items.get({ pk, sk });
        if (item !== undefined) await this.#remove(fileRecord.read(item));
      },
    );
    return rows.length - failed;
  }

  async #remove(file: UploadedFile): Promise<void> {
    const { accountId, id } = file;
    try {
      await this.#items.write([
        // A record never changes: it is there, or somebody else has deleted it.
        { delete: { pk: partition(accountId), sk: id }, if: { version: 1 } },
        giveRoomBack(this.#limit(accountId)),
        giveRoomBack(storageLimit(accountId, this.#items), file.bytes),
      ]);
    } catch (error) {
      if (error instanceof ItemsConditionFailed) throw fileNotFound(id);
      throw error;
    }
    for (const { key } of partsOf(file)) await this.#objects.delete(key);
  }

  #limit(accountId: string): AccountLimit {
    return {
      name: "files",
      accountId,
      most: maxFiles,
      count: async () => {
        let files = 0;
        for await (const _ of queryEach(this.#items, { index: "main", partition: partition(accountId) })) files++;
        return files;
      },
      refused: tooMany,
    };
  }
}

/** OpenAI's word for what a file is meant for, also of one that came through another API. */
export function purposeOf({ purpose = "user_data" }: UploadedFile): string {
  return purpose;
}

function dueOf({ expiresAt }: UploadedFile) {
  return expiresAt === undefined ? {} : { duePk: filesDue, dueAt: expiresAt };
}

/** When a file is deleted, in milliseconds since the epoch. */
export function expiryOf({ createdAt, expiresAt = createdAt + 1_000 * jobRetentionS }: UploadedFile): number {
  return expiresAt;
}

class MissingPart extends Error {}

function partsOf(file: UploadedFile): readonly FilePart[] {
  return file.parts ?? [{ key: uploadedFileKey(file), bytes: file.bytes }];
}

export function uploadedFileKey({ accountId, id }: Pick<UploadedFile, "accountId" | "id">): string {
  return `in/${accountId}/${id}`;
}

function tooMany(): ConflictError {
  return new ConflictError("too_many_files", `an account may have ${maxFiles} uploaded files; delete some first`);
}

/** The part of the id that sorts by the time of the upload. */
function ulidOf({ id }: UploadedFile): string {
  return id.slice(-26);
}

function fileNotFound(id: string): NotFoundError {
  return new NotFoundError("file_not_found", `there is no file ${JSON.stringify(id.slice(0, 60))}`, {
    param: "file_id",
  });
}
