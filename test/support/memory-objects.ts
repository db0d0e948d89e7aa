import type { Clock } from "../../shared/ports/clock.ts";
import { checkByteRange, checkObjectKey, checkObjectPrefix } from "../../shared/ports/object-key.ts";
import type { Objects, StoredObject } from "../../shared/ports/objects.ts";
import { decodeCursor, encodeCursor } from "../../shared/ports/page-cursor.ts";

const defaultLimit = 1_000;

/** The `objects` port in memory, for simulations. */
export function createMemoryObjects({ clock }: { readonly clock: Pick<Clock, "now"> }): Objects {
  const stored = new Map<string, StoredObject>();
  const find = (key: string) => {
    checkObjectKey(key);
    const object = stored.get(key);
    return object && { ...object, body: object.body.slice() };
  };
  const put = (key: string, body: Uint8Array, contentType: string) => {
    checkObjectKey(key);
    stored.set(key, { key, body: body.slice(), bytes: body.length, contentType, modifiedAt: clock.now() });
  };
  return {
    async put(key, body, { contentType }) {
      put(key, body, contentType);
    },
    async putIfAbsent(key, body, { contentType }) {
      checkObjectKey(key);
      if (stored.has(key)) return false;
      put(key, body, contentType);
      return true;
    },
    get: async (key) => find(key),
    async getRange(key, start, end) {
      checkByteRange(start, end);
      const object = find(key);
      if (object && start >= object.bytes)
        throw new RangeError(`${key} has ${object.bytes} bytes, asked from ${start}`);
      return object && { ...object, body: object.body.slice(start, end + 1) };
    },
    async head(key) {
      const object = find(key);
      if (object === undefined) return undefined;
      const { body: _, ...info } = object;
      return info;
    },
    async list(prefix, { limit = defaultLimit, cursor } = {}) {
      checkObjectPrefix(prefix);
      const after = cursor === undefined ? "" : String(decodeCursor(cursor, ["string"])[0]);
      const keys = [...stored.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
      const objects = keys.slice(0, limit).map((key) => {
        const { body: _, ...info } = stored.get(key)!;
        return info;
      });
      return { objects, cursor: keys.length > limit ? encodeCursor([keys[limit - 1]!]) : undefined };
    },
    async *walk(prefix) {
      checkObjectPrefix(prefix);
      for (const { key, modifiedAt } of [...stored.values()]) if (key.startsWith(prefix)) yield { key, modifiedAt };
    },
    async delete(key) {
      checkObjectKey(key);
      stored.delete(key);
    },
    async presign(key) {
      checkObjectKey(key);
      return undefined;
    },
    async presignPut(key) {
      checkObjectKey(key);
      return undefined;
    },
    async close() {},
  };
}
