import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Items } from "../../shared/ports/items.ts";
import { type Batch, batchWrite, listBatches } from "./batch-store.ts";

function batch(n: number, accountId = "acc_1"): Batch {
  return {
    id: `batch_${String(n).padStart(2, "0")}`,
    identity: { accountId, keyId: "key_1", scopes: ["*"], terms: {} },
    endpoint: "/v1/images/generations",
    inputFileId: "file-1",
    metadata: {},
    origin: "https://api.example",
    status: "in_progress",
    errors: [],
    total: 1,
    completed: 0,
    failed: 0,
    next: 0,
    inFlight: [],
    // Two in the same millisecond.
    createdAt: Date.UTC(2026, 0, 1) + Math.floor(n / 2),
    expiresAt: Date.UTC(2026, 0, 2),
  };
}

it("lists an account's batches in pages, newest first, reading no more than the page", async () => {
  const items = openEmbeddedItems(":memory:");
  for (let n = 0; n < 7; n++) await items.write([batchWrite(batch(n), undefined)]);
  await items.write([batchWrite(batch(50, "acc_2"), undefined)]);
  let read = 0;
  const counted: Items = {
    get: (key) => items.get(key),
    async query(query) {
      const page = await items.query(query);
      read += page.items.length;
      return page;
    },
    write: (writes) => items.write(writes),
    close: () => items.close(),
  };
  const pages: string[] = [];
  for (let after: string | undefined, more = true; more; ) {
    const page = await listBatches(counted, "acc_1", { limit: 3, after });
    pages.push(page.batches.map(({ id }) => id.slice(-1)).join(""));
    after = page.batches.at(-1)?.id;
    more = page.hasMore;
  }
  expect(pages).toEqual(["654", "321", "0"]);
  expect(read).toBeLessThanOrEqual(3 * 5);
  await items.close();
});
