import { afterEach, describe, expect, it } from "vitest";
import { drawnTask, openDrawnRun } from "../../../test/support/catalogue/drawn-run.ts";
import { collect } from "../../../test/support/collect.ts";
import type { CatalogueOrder } from "../run/catalogue-state.ts";
import type { Task } from "../run/task.ts";
import { type Decision, decisionWrite } from "./decisions.ts";
import { mayLeave, placeOf, reviewedResults } from "./reviewed-results.ts";

let close = async () => {};
afterEach(() => close());

async function reviewed(
  tasks: readonly Task[],
  order: Partial<CatalogueOrder> = {},
  decided: readonly Decision[] = [],
) {
  const { run, owner, items, objects, ...opened } = await openDrawnRun(tasks, order);
  close = opened.close;
  for (const decision of decided) await items.write([decisionWrite(owner, decision)]);
  return collect(reviewedResults(run, { items, objects }));
}

const plain = drawnTask("A");
const flagged = drawnTask("B", { method: "restyle" });

it.each([
  ["none", ["auto_ok", "auto_ok"]],
  [undefined, ["auto_ok", "needs_review"]],
  ["flagged", ["auto_ok", "needs_review"]],
  ["all", ["needs_review", "needs_review"]],
] as const)("with the policy %s has the states %j of a plain and a flagged image", async (review, states) => {
  const results = await reviewed([plain, flagged], { review });
  expect(results.map(({ review }) => review!.state)).toEqual(states);
  expect(results.map(({ review }) => review!.flags)).toEqual([[], ["changes_product"]]);
});

it("samples some two hundred images of a large run, the same each time", async () => {
  const tasks = Array.from({ length: 1_000 }, (_, n) => drawnTask(`S${n}`));
  const results = await reviewed(tasks, { review: "sample" });
  const sample = results.filter(({ review }) => review!.state === "needs_review");
  // Binomial of mean 200 and deviation 12.6; which images it is follows from the run's id alone.
  expect(sample.length).toBeGreaterThan(150);
  expect(sample.length).toBeLessThan(250);
  expect(sample.every(({ task }) => placeOf("run_1", task.key) < 0.2)).toBe(true);
});

it("applies a decision to the images of its job, and asks again about those of another", async () => {
  const verdict = { verdict: "rejected", reason: "colour", at: 5 } as const;
  const [same, redrawn] = await reviewed([plain, flagged], {}, [
    { ...verdict, key: "A#main", jobId: "job_A" },
    { ...verdict, key: "B#main", jobId: "job_before" },
  ]);
  expect(same!.review).toMatchObject({ state: "rejected", decision: { reason: "colour" } });
  expect(redrawn!.review!.state).toBe("needs_review");
  expect(redrawn!.review).not.toHaveProperty("decision");
});

it("reviews nothing where there is no image", async () => {
  const [result] = await reviewed([drawnTask("A", { status: "skipped" })], { review: "all" });
  expect(result!.status).toBe("skipped");
  expect(result).not.toHaveProperty("review");
});

describe("a shop", () => {
  it.each([
    ["approved", true, true],
    ["auto_ok", true, false],
    ["needs_review", false, false],
    ["rejected", false, false],
  ] as const)("gets an image that is %s: %s; among those that somebody approved: %s", async (state, any, approved) => {
    const [result] = await reviewed([plain]);
    const review = { ...result!.review!, state };
    expect([mayLeave({ ...result!, review }), mayLeave({ ...result!, review }, true)]).toEqual([any, approved]);
    expect(mayLeave({ ...result!, review: undefined })).toBe(false);
  });
});
