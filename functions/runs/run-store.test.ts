import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Items } from "../../shared/ports/items.ts";
import { collect } from "../../test/support/collect.ts";
import type { Run } from "./run.ts";
import { dueRuns, findRun, listRuns, readRows, runWrite } from "./run-store.ts";

function run(n: number, accountId = "acc_1"): Run {
  return {
    face: "openai_batch",
    id: `batch_${String(n).padStart(2, "0")}`,
    identity: { accountId, keyId: "key_1", scopes: ["*"], terms: {} },
    endpoint: "/v1/images/generations",
    inputFileId: "file-1",
    metadata: {},
    origin: "https://api.example",
    status: "running",
    errors: [],
    total: 1,
    completed: 0,
    failed: 0,
    next: 0,
    inFlight: [],
    // Two in the same millisecond.
    nextAt: Date.UTC(2026, 0, 1),
    createdAt: Date.UTC(2026, 0, 1) + Math.floor(n / 2),
    expiresAt: Date.UTC(2026, 0, 2),
  };
}

it("lists an account's runs in pages, newest first, reading no more than the page", async () => {
  const items = openEmbeddedItems(":memory:");
  for (let n = 0; n < 7; n++) await items.write([runWrite(run(n), undefined)]);
  await items.write([runWrite(run(50, "acc_2"), undefined)]);
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
    const page = await listRuns(counted, "acc_1", { limit: 3, after });
    pages.push(page.runs.map(({ id }) => id.slice(-1)).join(""));
    after = page.runs.at(-1)?.id;
    more = page.hasMore;
  }
  expect(pages).toEqual(["654", "321", "0"]);
  expect(read).toBeLessThanOrEqual(3 * 5);
  await items.close();
});

it("reads batches of the version before as runs, their rows too", async () => {
  const items = openEmbeddedItems(":memory:");
  const { face: _, nextAt: __, ...shape } = run(1);
  const former = {
    ...shape,
    status: "in_progress",
    total: 100,
    next: 42,
    inFlight: [{ line: 41, customId: "sku-41", jobId: "job_41" }],
    feedingUntil: 5_000,
  };
  const key = { pk: `BATCH#${former.id}`, sk: "META" };
  const row = { line: 7, customId: "sku-7", jobId: "job_7" };
  await items.write([
    { put: { ...key, duePk: "DUE#batches", dueAt: 1_000, data: former as never } },
    { put: { pk: key.pk, sk: "ROW#00000007", data: row } },
  ]);
  const found = await findRun(items, former.id);
  expect(found?.run).toMatchObject({
    face: "openai_batch",
    status: "importing",
    next: 42,
    inFlight: [{ row: 41, jobId: "job_41" }],
    workingUntil: 5_000,
  });
  expect((await dueRuns(items, 2_000)).map(({ id }) => id)).toEqual([former.id]);
  expect(await collect(readRows(items, found!.run, 0))).toEqual([{ row: 7, key: "sku-7", jobId: "job_7" }]);
  await items.close();
});
