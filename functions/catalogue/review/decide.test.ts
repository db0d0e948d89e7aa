import { afterEach, expect, it } from "vitest";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { drawnTask, openDrawnRun } from "../../../test/support/catalogue/drawn-run.ts";
import { recallImage, rememberWrite } from "../run/image-memory.ts";
import { type DecisionWishes, decide } from "./decide.ts";
import { readDecisions } from "./decisions.ts";

let close = async () => {};
afterEach(() => close());

const hash = { all: "", prompt: "", photo: "" };

/** Images A, which is plain, B, which is flagged, and C, which is not there. The memory holds `jobs` of A and B. */
async function open({ A = "job_A", B = "job_B" } = {}) {
  const tasks = [drawnTask("A"), drawnTask("B", { method: "restyle" }), drawnTask("C", { status: "skipped" })];
  const opened = await openDrawnRun(tasks);
  const { run, owner, items } = opened;
  close = opened.close;
  for (const [sku, jobId] of Object.entries({ A, B })) {
    await items.write([rememberWrite(owner, { key: `${sku}#main`, hash, jobId, version: 1, images: [], drawnAt: 1 })]);
  }
  return {
    ...opened,
    decide: (wishes: DecisionWishes) => decide(run, wishes, { ...opened, now: 7 }),
    isRejected: async (sku: string) => (await recallImage(items, owner, `${sku}#main`))!.rejected,
  };
}

it("records a verdict on the tasks that are named and have an image", async () => {
  const { decide, items, owner } = await open();
  const tasks = ["A#main", "C#main", "Z#main"];
  expect(await decide({ tasks, verdict: "rejected", reason: "text", note: "no cmd" })).toEqual(["A#main"]);
  expect([...(await readDecisions(items, owner)).values()]).toEqual([
    { key: "A#main", jobId: "job_A", verdict: "rejected", reason: "text", note: "no cmd", at: 7 },
  ]);
});

it("decides on all images of a state, where no task is named", async () => {
  const { decide } = await open();
  expect(await decide({ state: "needs_review", verdict: "approved" })).toEqual(["B#main"]);
  expect(await decide({ state: "needs_review", verdict: "approved" })).toEqual([]);
});

it("has the next run draw what is rejected, until it is approved after all", async () => {
  const { decide, isRejected } = await open();
  await decide({ tasks: ["A#main"], verdict: "rejected" });
  expect([await isRejected("A"), await isRejected("B")]).toEqual([true, undefined]);
  await decide({ tasks: ["A#main"], verdict: "approved" });
  expect(await isRejected("A")).toBe(false);
});

it("says nothing about an image that a newer run has drawn in its place", async () => {
  const { decide, isRejected } = await open({ A: "job_newer" });
  expect(await decide({ tasks: ["A#main"], verdict: "rejected" })).toEqual(["A#main"]);
  expect(await isRejected("A")).toBeUndefined();
});

it("leaves an image that is drawn again where a crash comes between memory and decision", async () => {
  const { run, items, owner, isRejected, ...opened } = await open();
  const dying = withMethods(items, {
    async write(...args: Parameters<typeof items.write>) {
      if (await isRejected("A")) throw new Error("the process is gone");
      return items.write(...args);
    },
  });
  const wishes = { tasks: ["A#main"], verdict: "rejected" } as const;
  await expect(decide(run, wishes, { ...opened, items: dying, now: 7 })).rejects.toThrow("the process is gone");
  expect(await isRejected("A")).toBe(true);
  expect(await readDecisions(items, owner)).toEqual(new Map());
});
