import { afterEach, expect, it } from "vitest";
import { drawnTask, openDrawnRun } from "../../../test/support/catalogue/drawn-run.ts";
import { type Decision, decisionWrite } from "./decisions.ts";
import { reviewPage } from "./review-list.ts";

let close = async () => {};
afterEach(() => close());

/** Thirty plain images, and behind them one that may have changed its product. */
const tasks = [...Array.from({ length: 30 }, (_, n) => drawnTask(`S${n}`)), drawnTask("LAST", { method: "restyle" })];

async function open() {
  const { run, owner, items, objects, ...opened } = await openDrawnRun(tasks);
  close = opened.close;
  return {
    page: (wanted: Partial<Parameters<typeof reviewPage>[1]>) =>
      reviewPage(run, { limit: 2, ...wanted }, { items, objects }),
    decide: (sku: string, verdict: Decision["verdict"]) =>
      items.write([decisionWrite(owner, { key: `${sku}#main`, jobId: `job_${sku}`, verdict, at: 1 })]),
  };
}

it("shows the riskiest first and every image once, a page after the other", async () => {
  const { page } = await open();
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const { found, next } = await page({ limit: 4, after });
    seen.push(...found.map(({ task }) => task.sku));
    if (next === undefined) break;
    expect(found).toHaveLength(4);
    after = next;
  }
  expect(seen[0]).toBe("LAST");
  expect([...seen].sort()).toEqual(tasks.map(({ sku }) => sku).sort());
  // At random behind it: whoever stops early has not seen the head of the file alone.
  expect(seen.slice(1)).not.toEqual(tasks.slice(0, 30).map(({ sku }) => sku));
});

it("counts all images, whatever state is asked for, and estimates from those that were decided on", async () => {
  const { page, decide } = await open();
  const open_ = await page({ state: "needs_review" });
  expect(open_.found.map(({ task }) => task.sku)).toEqual(["LAST"]);
  expect(open_).toMatchObject({ counts: { auto_ok: 30, needs_review: 1, approved: 0, rejected: 0 }, estimate: null });
  expect(open_).not.toHaveProperty("next");
  await decide("LAST", "rejected");
  await decide("S0", "approved");
  const decided = await page({ state: "rejected" });
  expect(decided.found.map(({ task }) => task.sku)).toEqual(["LAST"]);
  expect(decided.counts).toEqual({ auto_ok: 29, needs_review: 0, approved: 1, rejected: 1 });
  expect(decided.estimate).toMatchObject({ looked_at: 2, rejected: 1 });
});
