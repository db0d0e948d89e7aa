import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { madeAt, sampleRun } from "../../../test/support/api/sample-run.ts";
import { runWrite } from "../run-store.ts";
import { repairRuns } from "./repair-runs.ts";
import { parseStepMessage } from "./wake-run.ts";

it("sends the step of every run that is 30 s late, and of no other", async () => {
  const items = openEmbeddedItems(":memory:");
  const runs = [
    sampleRun({ id: "batch_late", status: "finishing" }),
    sampleRun({ id: "batch_due", nextAt: madeAt + 1 }),
    sampleRun({ id: "batch_over", status: "completed" }),
  ];
  for (const run of runs) await items.write([runWrite(run, undefined)]);
  const sent: unknown[] = [];
  const runSteps = { send: async (body: string) => void sent.push(parseStepMessage(body)) };
  expect(await repairRuns(items, { runSteps, now: madeAt + 29_999 })).toBe(0);
  expect(sent).toEqual([]);
  expect(await repairRuns(items, { runSteps, now: madeAt + 30_000 })).toBe(1);
  expect(sent).toEqual([{ runId: "batch_late", step: "finish" }]);
  await items.close();
});

it("tells of a queue that does not answer", async () => {
  const items = openEmbeddedItems(":memory:");
  await items.write([runWrite(sampleRun(), undefined)]);
  const runSteps = { send: () => Promise.reject(new Error("no route")) };
  await expect(repairRuns(items, { runSteps, now: madeAt + 30_000 })).rejects.toThrow("no route");
  await items.close();
});
