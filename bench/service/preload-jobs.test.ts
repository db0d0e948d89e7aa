import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { auditAccount } from "../../shared/money/audit-ledger.ts";
import { systemClock as clock } from "../../shared/ports/clock.ts";
import { preloadJobs } from "./preload-jobs.ts";

it("fills a folder with jobs that have ended, whose ledger adds up", async () => {
  const folder = mkdtempSync(join(tmpdir(), "preload-"));
  try {
    const { ids } = await preloadJobs(folder, { accountId: "acc_1", keyId: "key_1", count: 40 });
    expect(new Set(ids).size).toBe(40);
    const items = openEmbeddedItems(join(folder, "items.db"));
    const jobs = createJobStore({ items, clock });
    const statuses = await Promise.all(ids.map(async (id) => (await jobs.get(id))?.status));
    const count = (status: string) => statuses.filter((found) => found === status).length;
    expect([count("succeeded"), count("failed"), count("canceled")]).toEqual([36, 2, 2]);
    expect(await auditAccount(items, "acc_1")).toMatchObject({ discrepancies: [], holds: 0 });
    await items.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
