import { afterEach, expect, it } from "vitest";
import { openRun } from "../../../test/support/api/run-under-test.ts";
import { sampleCatalogue } from "../../../test/support/catalogue/sample-catalogue.ts";
import { collect } from "../../../test/support/collect.ts";
import { ChunkWriter } from "../../runs/rows/row-chunks.ts";
import type { RunRow } from "../../runs/run.ts";
import { rowWrite } from "../../runs/run-store.ts";
import { catalogueProblem } from "../problems/catalogue-problem.ts";
import type { Task } from "./task.ts";
import { taskResults } from "./task-results.ts";

const image = { key: "k", sha256: "s", crc32: 1, bytes: 9, width: 64, height: 64, format: "jpeg", seed: 1 } as const;

let close = async () => {};
afterEach(() => close());

async function results(tasks: readonly Partial<Task>[], rows: readonly RunRow[]) {
  const { run, items, objects, ...opened } = await openRun([], { face: "catalogue", catalogue: sampleCatalogue() });
  close = opened.close;
  const chunks = new ChunkWriter<Task>(run, objects, "tasks");
  for (const [index, task] of tasks.entries()) {
    const sku = `S${index}`;
    const frame = { key: `${sku}#main`, sku, shot: "main", line: index + 2, version: 1, stems: [`${sku}_main_1`] };
    await chunks.add({ ...frame, status: "draw", ...task });
  }
  await chunks.flush();
  for (const row of rows) await items.write([rowWrite(run, row)]);
  return collect(taskResults(run, { items, objects }));
}

it("gives each task its own row, though other tasks have none and other rows are not over yet", async () => {
  const problem = catalogueProblem("sku_missing", { line: 3 });
  const found = await results(
    [{ row: 0 }, { status: "failed", problem }, { row: 1 }, { status: "skipped" }, { row: 2 }],
    [
      { row: 0, key: "S0#main", jobId: "job_0", kept: [image], charged: 5 },
      {
        row: 2,
        key: "S4#main",
        jobId: "job_2",
        refused: { status: 500, body: { code: "engine_failed", message: "x" } },
      },
    ],
  );
  expect(found.map(({ status, jobId, charged }) => [status, jobId, charged])).toEqual([
    ["drawn", "job_0", 5],
    ["failed", undefined, 0],
    ["waiting", undefined, 0],
    ["skipped", undefined, 0],
    ["failed", "job_2", 0],
  ]);
  expect(found[1]!.error).toEqual({ code: "sku_missing", message: problem.message.en });
  expect(found[4]!.error).toEqual({ code: "engine_failed", message: "x" });
});

it("names each variation's file, one without a name of its own by its SKU", async () => {
  const [drawn] = await results(
    [{ row: 0, stems: ["cup"] }],
    [{ row: 0, key: "S0#main", jobId: "job_0", kept: [image, { ...image, format: "png" }] }],
  );
  expect(drawn!.files.map(({ name, n }) => [name, n])).toEqual([
    ["cup.jpg", 1],
    ["S0_2.png", 2],
  ]);
});

it("hands out the images before of a task that has not changed, free of charge", async () => {
  const [same] = await results([{ status: "unchanged", kept: [image], jobId: "job_before" }], []);
  expect(same).toMatchObject({ status: "unchanged", jobId: "job_before", charged: 0 });
  expect(same!.files).toMatchObject([{ name: "S0_main_1.jpg", sha256: "s" }]);
});
