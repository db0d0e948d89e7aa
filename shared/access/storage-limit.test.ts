import { expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import { maxStoredBytes } from "../limits.ts";
import { adaptersPartition, filesPartition, sentPartition, storageLimit } from "./storage-limit.ts";

it("counts the bytes of the account's own files and adapters, and says what to do", async () => {
  const items = openEmbeddedItems(":memory:");
  await items.write([
    { put: { pk: filesPartition("acc_1"), sk: "a", data: { bytes: 5 } } },
    { put: { pk: filesPartition("acc_1"), sk: "b", data: { bytes: 7 } } },
    { put: { pk: adaptersPartition("acc_1"), sk: "c", data: { bytes: 100 } } },
    { put: { pk: sentPartition("acc_1"), sk: "in/acc_1/x", data: { bytes: 30 } } },
    { put: { pk: filesPartition("acc_2"), sk: "d", data: { bytes: 1_000 } } },
  ]);
  const limit = storageLimit("acc_1", items);
  expect(await limit.count()).toBe(142);
  expect(limit.refused()).toMatchObject({
    code: "account_storage_full",
    message: expect.stringMatching(`${maxStoredBytes} bytes together; delete some first`),
  });
  await items.close();
});
