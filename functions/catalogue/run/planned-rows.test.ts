import { afterEach, describe, expect, it } from "vitest";
import { openRun } from "../../../test/support/api/run-under-test.ts";
import { sampleCatalogue, sampleOrder } from "../../../test/support/catalogue/sample-catalogue.ts";
import { collect } from "../../../test/support/collect.ts";
import { ChunkWriter, writeChunk } from "../../runs/rows/row-chunks.ts";
import type { FoundPhoto } from "../photos/photo-stage.ts";
import { effectiveShots } from "../plan/shots.ts";
import { catalogueProblem } from "../problems/catalogue-problem.ts";
import { importCatalogue } from "./import-catalogue.ts";
import { openPlanner, plannedRows } from "./planned-rows.ts";
import type { ReadProduct } from "./read-products.ts";
import { readReport, storeRows } from "./run-files.ts";

let close = async () => {};
afterEach(() => close());

async function open() {
  const opened = await openRun([], { face: "catalogue", status: "importing", catalogue: sampleCatalogue() });
  close = opened.close;
  return opened;
}

const photo = (digit: string) => ({ sha256: digit.repeat(64), fileId: `file-${digit}`, width: 8, height: 8 });
const product = (index: number) => ({ index, line: index + 2, sku: `S${index}`, fields: {}, cells: {} });

it("joins each product with the photo of its place in each chunk, unless it has one in its cell", async () => {
  const { run, objects } = await open();
  const missing = catalogueProblem("photo_missing", { line: 3, value: "S1" });
  const refused = { line: 4, sku: "", problem: catalogueProblem("sku_missing", { line: 4 }) };
  const products = new ChunkWriter<ReadProduct>(run, objects, "products");
  for (let index = 0; index < 502; index++) {
    if (index === 2) await products.add({ row: { refused } });
    else if (index === 3) await products.add({ row: { product: product(3) }, photo: photo("c") });
    else await products.add({ row: { product: product(index) } });
  }
  await products.flush();
  const found: FoundPhoto[] = Array.from({ length: 500 }, () => ({ photo: photo("a") }));
  found[1] = { problem: missing };
  await writeChunk(run, "photos", 0, found, objects);
  await writeChunk(run, "photos", 1, [{}, { photo: photo("b") }], objects);
  const rows = await collect(plannedRows(run, objects));
  expect(rows).toHaveLength(502);
  expect(rows.slice(0, 4)).toEqual([
    { product: product(0), photo: photo("a"), photoProblem: undefined },
    { product: product(1), photo: undefined, photoProblem: missing },
    { refused },
    { product: product(3), photo: photo("c"), photoProblem: undefined },
  ]);
  expect(rows.slice(500)).toEqual([
    { product: product(500), photo: undefined, photoProblem: undefined },
    { product: product(501), photo: photo("b"), photoProblem: undefined },
  ]);
});

describe("the planner of a run that was read", () => {
  async function read() {
    const opened = await open();
    await storeRows(opened.run, [{ sku: "A", title: "mug", "Main Colour": "red" }], opened.objects);
    await importCatalogue(await opened.turn(), opened.dependencies);
    const run = await opened.read();
    const report = (await readReport(run, opened.objects))!;
    const rows = await collect(plannedRows(run, opened.objects));
    const order = (prompt: string) =>
      sampleOrder({ shots: effectiveShots([{ id: "main", method: "draw", size: "64x64", prompt }]) });
    return { ...opened, run, report, rows, order };
  }

  it("plans the run's own order, and another in its place", async () => {
    const { run, report, rows, order, dependencies } = await read();
    const [own] = await (await openPlanner(run, report, dependencies)).plan(rows);
    expect(own!.task.prompt).toBe("a mug");
    const tried = await openPlanner(run, report, dependencies, order("a {{main_colour}} {{title}}"));
    expect((await tried.plan(rows))[0]!.task.prompt).toBe("a red mug");
  });

  it("refuses a name that the file's columns lack", async () => {
    const { run, report, order, dependencies } = await read();
    const planner = openPlanner(run, report, dependencies, order("a {{size}} {{title}}"));
    await expect(planner).rejects.toMatchObject({ code: "template_unknown_name" });
  });
});
