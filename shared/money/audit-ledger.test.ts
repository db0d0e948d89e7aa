import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type EmbeddedItems, openEmbeddedItems } from "../embedded/items.ts";
import type { Items, Query } from "../ports/items.ts";
import { auditAccount } from "./audit-ledger.ts";
import { creditWrites } from "./ledger.ts";

/* What the audit finds is in `test/conformance/money.conformance.ts`; here is when it ends. */

const accountId = "acc_1";
let folder: string;
let items: EmbeddedItems;
let credits: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
  items = openEmbeddedItems(join(folder, "items.db"));
  credits = 0;
});
afterEach(async () => {
  await items.close();
  rmSync(folder, { recursive: true, force: true });
});

async function credit(at: number, into: Items = items): Promise<void> {
  await into.write(creditWrites({ accountId, amount: 1, reference: `r${credits++}`, at }));
}

/** Moves money whenever a query like this is made. */
function busy(when: (query: Query) => boolean, writer: Items = items): Items {
  return {
    get: (key) => items.get(key),
    write: (writes) => items.write(writes),
    close: async () => {},
    async query(query) {
      const page = await items.query(query);
      if (when(query)) await credit(Date.now(), writer);
      return page;
    },
  };
}

it("ends although money moves while most of a long ledger is read", async () => {
  const yesterday = Date.now() - 86_400_000;
  await Promise.all(Array.from({ length: 1_500 }, (_, i) => credit(yesterday + i)));
  // With every page but the first of a range: the end of the ledger has one page.
  const found = await auditAccount(
    busy(({ cursor }) => cursor !== undefined),
    accountId,
  );
  expect(credits).toBeGreaterThan(1_500);
  expect(found).toMatchObject({ entries: credits, available: credits, discrepancies: [] });
});

it("ends within a snapshot although money moves with every read, and is of one moment", async () => {
  for (let i = 0; i < 10; i++) await credit(Date.now());
  const writer = openEmbeddedItems(join(folder, "items.db"));
  const always = busy(() => true, writer);
  await expect(auditAccount(always, accountId)).rejects.toThrow("changed during 50 audits in a row");
  const before = credits;
  const found = await items.snapshot(() => auditAccount(always, accountId));
  expect(found).toMatchObject({ entries: before, available: before, discrepancies: [] });
  expect(credits).toBeGreaterThan(before);
  await writer.close();
});
