import { ConflictError } from "../errors.ts";
import { maxStoredBytes } from "../limits.ts";
import type { Items } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";
import type { AccountLimit } from "./account-room.ts";

/** Partition of an account's uploaded files. */
export function filesPartition(accountId: string): string {
  return `ACC#${accountId}#FILES`;
}

/** Partition of an account's adapters. */
export function adaptersPartition(accountId: string): string {
  return `ACC#${accountId}#ADAPTERS`;
}

/** Partition of what an account sent for later requests, and has no name for but its link. */
export function sentPartition(accountId: string): string {
  return `ACC#${accountId}#SENT`;
}

/** Bytes of the files and adapters that an account keeps here. */
export function storageLimit(accountId: string, items: Items): AccountLimit {
  const message = `the account's files and adapters may have ${maxStoredBytes} bytes together; delete some first`;
  return {
    name: "bytes",
    accountId,
    most: maxStoredBytes,
    async count() {
      let bytes = 0;
      for (const partition of [filesPartition(accountId), adaptersPartition(accountId), sentPartition(accountId)]) {
        for await (const { data } of queryEach(items, { index: "main", partition })) bytes += Number(data.bytes);
      }
      return bytes;
    },
    refused: () => new ConflictError("account_storage_full", message),
  };
}
