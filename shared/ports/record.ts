import type { Item, ItemInput } from "./items.ts";

/** Encoding of one kind of record in the `data` of an item. */
export interface RecordType<T> {
  /** @throws Error naming the item, when it lacks a field that every record of this kind has */
  read(item: Pick<Item, "pk" | "sk" | "data">): T;
  /** @returns `undefined` for an item that lacks such a field */
  find(item: Pick<Item, "data">): T | undefined;
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
  const missingIn = (data: Item["data"]) => required.find((field) => data[field] === undefined);
  const find = ({ data }: Pick<Item, "data">) => (missingIn(data) === undefined ? (data as unknown as T) : undefined);
  return {
    read(item) {
      const record = find(item);
      if (record !== undefined) return record;
      throw new Error(`item ${item.pk} ${item.sk} is no ${name}: it has no ${missingIn(item.data)}`);
    },
    find,
    write: (record) => ({ ...record }) as ItemInput["data"],
  };
}
