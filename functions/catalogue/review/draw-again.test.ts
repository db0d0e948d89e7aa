import { afterEach, expect, it } from "vitest";
import { openRun } from "../../../test/support/api/run-under-test.ts";
import { sampleCatalogue } from "../../../test/support/catalogue/sample-catalogue.ts";
import { collect } from "../../../test/support/collect.ts";
import { readInputRows } from "../../runs/rows/row-chunks.ts";
import type { Run } from "../../runs/run.ts";
import { importCatalogue } from "../run/import-catalogue.ts";
import { storeRows } from "../run/run-files.ts";
import { taskResults } from "../run/task-results.ts";
import { drawAgain } from "./draw-again.ts";

let close = async () => {};
afterEach(() => close());

/** A run over two products that can be drawn and one that cannot, which has been read and then is as `changes` say. */
async function open(changes: Partial<Run> = {}) {
  const opened = await openRun([], { face: "catalogue", status: "importing", catalogue: sampleCatalogue() });
  close = opened.close;
  const products = [
    { sku: "A", title: "mug" },
    { sku: "B", title: "pot" },
    { sku: "C", title: "" },
  ];
  await storeRows(opened.run, products, opened.objects);
  await importCatalogue(await opened.turn(), opened.dependencies);
  const read = await opened.read();
  const turn = await opened.turn();
  await turn.keep((run) => ({ ...changes, catalogue: { ...run.catalogue!, outcomes: ["engine_failed"] } }));
  return {
    ...opened,
    before: read,
    again: (wanted: Parameters<typeof drawAgain>[1]) => drawAgain(turn, wanted, opened.dependencies),
  };
}

it("puts what is drawn again behind the rows of the plan, as its caller asks", async () => {
  const { again, read, before, objects, items } = await open();
  expect(await again(new Map([["B#main", { seed: 5, promptSuffix: "on a table" }]]))).toBe(1);
  const run = await read();
  expect([before.total, run.total]).toEqual([2, 3]);
  const row = (await readInputRows(run, [2], objects)).get(2)!;
  expect(row).toMatchObject({ key: "B#main", body: { request: { prompt: "a pot on a table", seed: 5 } } });
  expect((await readInputRows(run, [0], objects)).get(0)!.key).toBe("A#main");
  const results = await collect(taskResults(run, { items, objects }));
  expect(results.map(({ task }) => task.prompt)).toEqual(["a mug", "a pot on a table", undefined]);
});

it("begins a run again that has ended, quotes what is added, and forgets what went wrong before", async () => {
  const { again, read, before, clock } = await open({ status: "completed", finishedAt: 1, finishingAt: 1 });
  expect(await again(new Map([["A#main", undefined]]))).toBe(1);
  const run = await read();
  expect(run).toMatchObject({ status: "running", beganAt: clock.now(), nextAt: clock.now() });
  expect([run.finishedAt, run.finishingAt, run.workingUntil]).toEqual([undefined, undefined, undefined]);
  const { quoted, dearest } = before.catalogue!.cost;
  expect(run.catalogue).toMatchObject({ outcomes: [], cost: { quoted: quoted + dearest, dearest } });
});

it("leaves a paused run paused", async () => {
  const { again, read } = await open({ status: "paused" });
  await again(new Map([["A#main", undefined]]));
  expect(await read()).toMatchObject({ status: "paused", total: 3 });
});

it("leaves out what cannot be drawn or is not there, and the run as it was", async () => {
  const { again, read } = await open({ status: "completed", finishedAt: 1 });
  expect(
    await again(
      new Map([
        ["C#main", undefined],
        ["Z#main", undefined],
      ]),
    ),
  ).toBe(0);
  expect(await read()).toMatchObject({ status: "completed", finishedAt: 1, total: 2 });
});

it("leaves the run as it was where the process dies before the last write", async () => {
  const { again, read, objects, clock } = await open({ status: "completed", finishedAt: 1 });
  const put = objects.put;
  objects.put = async () => {
    throw new Error("the process is gone");
  };
  await expect(again(new Map([["A#main", undefined]]))).rejects.toThrow("the process is gone");
  objects.put = put;
  expect(await read()).toMatchObject({ status: "completed", total: 2, workingUntil: clock.now() + 60_000 });
});
