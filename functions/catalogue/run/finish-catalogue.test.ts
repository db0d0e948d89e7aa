import { afterEach, expect, it } from "vitest";
import { openRun } from "../../../test/support/api/run-under-test.ts";
import { sampleCatalogue } from "../../../test/support/catalogue/sample-catalogue.ts";
import type { Run } from "../../runs/run.ts";
import { finishCatalogue } from "./finish-catalogue.ts";

let close = async () => {};
afterEach(() => close());

async function finish(changes: Partial<Run>) {
  const opened = await openRun([], {
    face: "catalogue",
    status: "finishing",
    catalogue: sampleCatalogue(),
    ...changes,
  });
  close = opened.close;
  const rows = await finishCatalogue(await opened.turn(), opened.dependencies);
  return { rows, run: await opened.read(), now: opened.clock.now() };
}

it.each([
  [{ total: 3, completed: 1, failed: 2 }, "completed"],
  [{ total: 3, completed: 0, failed: 3 }, "failed"],
  [{ total: 3, completed: 1, failed: 1 }, "expired"],
  [{ total: 0 }, "completed"],
  [{ total: 3, completed: 0, failed: 1, cancelledAt: 1 }, "canceled"],
] as const)("a run of %j has %s", async (counts, status) => {
  expect((await finish(counts)).run.status).toBe(status);
});

it("ends the pause and the claim on a place, and says when", async () => {
  const paused = { code: "max_cost", message: "", since: 1, checks: 0, checkAt: 1 };
  const { rows, run, now } = await finish({ total: 2, completed: 2, paused });
  expect(rows).toBe(2);
  expect(run.finishedAt).toBe(now);
  expect(run).not.toHaveProperty("paused");
  expect(run).not.toHaveProperty("holdsPlace");
});
