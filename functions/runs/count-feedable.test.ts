import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { madeAt, sampleRun } from "../../test/support/api/sample-run.ts";
import { countFeedable } from "./count-feedable.ts";
import type { Run } from "./run.ts";
import { runWrite } from "./run-store.ts";

/** Feedable rows of these runs together. */
async function count(runs: readonly Partial<Run>[], { now = madeAt, secondsPerJob = 235 } = {}) {
  const items = openEmbeddedItems(":memory:");
  for (const [i, run] of runs.entries()) {
    await items.write([runWrite(sampleRun({ total: 100_000, id: `batch_${i}`, ...run }), undefined)]);
  }
  const rows = await countFeedable(items, now, secondsPerJob);
  await items.close();
  return rows;
}

it("counts the rows that are no jobs yet, of all runs", async () => {
  expect(await count([{ total: 10, next: 4 }, { total: 3 }])).toBe(9);
});

it("counts of a long run the windows that pass until a machine is up, at least one", async () => {
  expect(await count([{}])).toBe(300);
  expect(await count([{}], { secondsPerJob: 3 })).toBe(30 * 300);
  expect(await count([{}], { secondsPerJob: 1_000 })).toBe(300);
});

it("counts no more than key and account may have open", async () => {
  const { identity } = sampleRun();
  const terms = { maxOpenJobs: 20 };
  expect(await count([{ identity: { ...identity, terms } }])).toBe(20);
  expect(await count([{ identity: { ...identity, terms, limits: { maxOpenJobs: 5 } } }])).toBe(5);
});

it("counts nothing of a run that begins no row", async () => {
  const idle = (["importing", "paused", "canceling", "finishing", "completed"] as const).map((status) => ({ status }));
  expect(await count(idle)).toBe(0);
  expect(await count([{ errors: [{ code: "x", message: "", param: null, line: null }] }])).toBe(0);
  expect(await count([{}], { now: madeAt + 86_400_000 }), "expired").toBe(0);
});
