/**
 * The `objects` port: immutable-by-convention blobs under string keys.
 * Drivers: `embedded/objects.ts` (folder) and `aws/objects.ts` (S3).
 * Keys: 1..512 characters of `A-Z a-z 0-9 / _ - .`, no empty, `.` or `..` segment; anything else is refused before I/O.
 */
export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  readonly contentType: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export type WalkedObject = Pick<ObjectInfo, "key" | "modifiedAt">;

export interface StoredObject extends ObjectInfo {
  readonly body: Uint8Array;
}

export interface Objects {
  /** Durable and complete on return; a reader never sees part of an object. Replaces what is there. */
  put(key: string, body: Uint8Array, options: { readonly contentType: string }): Promise<void>;
  /** Like `put`, but the first writer wins: returns false (and stores nothing) when the key exists. */
  putIfAbsent(key: string, body: Uint8Array, options: { readonly contentType: string }): Promise<boolean>;
  get(key: string): Promise<StoredObject | undefined>;
  /**
   * Bytes `start`..`end` inclusive, clipped to the object. `undefined` when absent; a start past the end throws
   * RangeError.
   */
  getRange(key: string, start: number, end: number): Promise<StoredObject | undefined>;
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Ascending by key. */
  list(
    prefix: string,
    options?: { readonly limit?: number; readonly cursor?: string },
  ): Promise<{ objects: ObjectInfo[]; cursor?: string }>;
  /**
   * Every object under `prefix`, in no order, in one pass whose cost grows with what is stored under it.
   * Objects put or deleted meanwhile may or may not be seen.
   */
  walk(prefix: string): AsyncIterable<WalkedObject>;
  delete(key: string): Promise<void>;
  /**
   * A link that a browser can GET without headers until it expires, made by the store itself (S3 presigning).
   * `undefined` from drivers that have no server of their own: the API then streams the bytes.
   */
  presign(
    key: string,
    options: { readonly expiresInS: number; readonly contentType?: string; readonly contentDisposition?: string },
  ): Promise<string | undefined>;
  /**
   * A link that takes one object of exactly `bytes` bytes by PUT, with `contentType` as its header, until it expires.
   * `undefined` as from `presign`.
   */
  presignPut(
    key: string,
    options: { readonly expiresInS: number; readonly contentType: string; readonly bytes: number },
  ): Promise<string | undefined>;
  close(): Promise<void>;
}
