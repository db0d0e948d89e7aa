import type { Item, ItemInput } from "./items.ts";

/** Encoding of one kind of record in the `data` of an item. */
export interface RecordType<T> {
  /** @throws Error naming the item, when it lacks a field that every record of this kind has */
  read(item: Pick<Item, "pk" | "sk" | "data">): T;
  write(record: T): ItemInput["data"];
}

/**
 * The one place where stored data becomes a typed record, and the other way round. This program alone writes the store,
 * so a read checks the fields that identify the kind and no more: that catches an item of another kind or of another
 * version.
 * @param name - for the message, `account`
 * @param required - fields that every record of the kind has
 */
export function recordType<T extends object>(name: string, required: readonly (keyof T & string)[]): RecordType<T> {
  return {
    read({ pk, sk, data }) {
      const missing = required.find((field) => data[field] === undefined);
      if (missing !== undefined) throw new Error(`item ${pk} ${sk} is no ${name}: it has no ${missing}`);
      return data as unknown as T;
    },
    write: (record) => ({ ...record }) as ItemInput["data"],
  };
}
