import { afterEach, expect, it } from "vitest";
import { openRun } from "../../../test/support/api/run-under-test.ts";
import { sampleCatalogue } from "../../../test/support/catalogue/sample-catalogue.ts";
import { readInputRows } from "../../runs/rows/row-chunks.ts";
import type { CatalogueOrder } from "./catalogue-state.ts";
import { importCatalogue } from "./import-catalogue.ts";
import { storeRows } from "./run-files.ts";

type Cells = { readonly [column: string]: string };

let close = async () => {};
afterEach(() => close());

async function open(cells: readonly Cells[] | undefined, order: Partial<CatalogueOrder> = {}) {
  const opened = await openRun([], { face: "catalogue", status: "importing", catalogue: sampleCatalogue(order) });
  close = opened.close;
  if (cells !== undefined) await storeRows(opened.run, cells, opened.objects);
  return opened;
}

const mug = { sku: "A", title: "mug" };

it("quotes the tasks that are to be drawn, and gives each its row", async () => {
  const opened = await open([mug, { sku: "B", title: "" }, { sku: "C", title: "pot" }], { start: false });
  expect(await importCatalogue(await opened.turn(), opened.dependencies)).toBe(2);
  const run = await opened.read();
  expect(run).toMatchObject({ status: "ready", total: 2, catalogue: { products: 3, counts: { tasks: 3, fresh: 2 } } });
  const { quoted, dearest } = run.catalogue!.cost;
  expect(dearest).toBeGreaterThan(0);
  expect(quoted).toBe(2 * dearest);
  const rows = await readInputRows(run, [0, 1], opened.objects);
  expect([...rows.values()].map(({ key }) => key)).toEqual(["A#main", "C#main"]);
});

it("goes on where nothing is to be drawn, though nobody has said start", async () => {
  const opened = await open([{ sku: "B", title: "" }], { start: false });
  expect(await importCatalogue(await opened.turn(), opened.dependencies)).toBe(0);
  expect(await opened.read()).toMatchObject({
    status: "running",
    total: 0,
    catalogue: { counts: { refused: { template_value_missing: 1 } } },
  });
});

it("goes on after a crash from the products that it had read", async () => {
  const opened = await open([mug]);
  const crash = new Error("the process is gone");
  const models = {
    ...opened.dependencies,
    get models(): never {
      throw crash;
    },
  };
  await expect(importCatalogue(await opened.turn(), models)).rejects.toBe(crash);
  expect((await opened.read()).catalogue!.stage).toBe("plan");
  await storeRows(opened.run, [], opened.objects);
  expect(await importCatalogue(await opened.turn(), opened.dependencies)).toBe(1);
  expect(await opened.read()).toMatchObject({ status: "running", total: 1 });
});

it("fails the run where the uploaded file is gone", async () => {
  const opened = await open(undefined, { fileId: `file-${"0".repeat(26)}` });
  expect(await importCatalogue(await opened.turn(), opened.dependencies)).toBe(0);
  const run = await opened.read();
  expect(run).toMatchObject({ status: "failed", finishedAt: opened.clock.now() });
  expect(run.catalogue!.problem).toMatchObject({ code: "file_gone" });
});

it("is tried again where its own rows are gone: that is no fault of the caller", async () => {
  const opened = await open(undefined);
  await expect(importCatalogue(await opened.turn(), opened.dependencies)).rejects.toThrow("are gone");
  expect((await opened.read()).status).toBe("importing");
});
