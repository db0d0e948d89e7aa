import { expect, it } from "vitest";
import { sampleRun } from "../../../test/support/api/sample-run.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";
import { readReport, readRowsFile, storeRows } from "./run-files.ts";

const objects = () => createMemoryObjects({ clock: manualClock() });
const run = sampleRun();

it("keeps the products of a request as a JSON file, letters of all kinds too", async () => {
  const store = objects();
  const rows = [{ sku: "花-1", title: 'a "mug"\n💡' }];
  await storeRows(run, rows, store);
  expect(JSON.parse(Buffer.from(await readRowsFile(run, store)).toString("utf8"))).toEqual(rows);
});

it("gives a run nothing of another account's run of the same id", async () => {
  const store = objects();
  await storeRows(run, [], store);
  const other = sampleRun({ identity: { ...run.identity, accountId: "acc_2" } });
  await expect(readRowsFile(other, store)).rejects.toThrow(`the rows of run ${run.id} are gone`);
});

it("has no report before the file was read, though the products are there", async () => {
  const store = objects();
  await storeRows(run, [{ sku: "A" }], store);
  expect(await readReport(run, store)).toBeUndefined();
});
