import { afterEach, expect, it } from "vitest";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { inputRow, openRun } from "../../../test/support/api/run-under-test.ts";
import { findRun, runWrite } from "../run-store.ts";
import { takeStep } from "./take-step.ts";

let opened: Awaited<ReturnType<typeof openRun>> | undefined;
afterEach(() => opened?.close());
const open = async (...given: Parameters<typeof openRun>) => {
  opened = await openRun(...given);
  return opened;
};
const runId = "batch_1";

it("takes the step that is due, and names the one that follows", async () => {
  const { dependencies, draw } = await open([inputRow("a")]);
  const feed = { runId, step: "feed" } as const;
  const again = { ...feed, delayMs: 5_000 };
  const given = { ...dependencies, everyMs: 5_000 };
  expect(await takeStep(feed, given)).toEqual({ moved: 1, next: again });
  await draw();
  opened!.clock.advance(5_000);
  const finish = { runId, step: "finish", delayMs: 0 } as const;
  expect(await takeStep(feed, given)).toEqual({ moved: 1, next: finish });
  expect(await takeStep(finish, given)).toEqual({ moved: 1 });
  expect((await opened!.read()).status).toBe("completed");
});

it("does nothing for a step that is over, early, another's turn, or of no run", async () => {
  const { dependencies, read, clock, turn, items } = await open([inputRow("a")], { nextAt: Date.now() + 3_600_000 });
  const before = await read();
  expect(await takeStep({ runId, step: "feed" }, dependencies), "early").toEqual({ moved: 0 });
  clock.advance(3_600_000);
  expect(await takeStep({ runId, step: "import" }, dependencies), "over").toEqual({ moved: 0 });
  expect(await takeStep({ runId: "batch_2", step: "feed" }, dependencies), "no run").toEqual({ moved: 0 });
  expect(await read()).toEqual(before);
  await (await turn()).keep();
  // Its caller resumes it meanwhile.
  const { run, version } = (await findRun(items, runId))!;
  await items.write([runWrite({ ...run, nextAt: clock.now() }, version)]);
  expect(await takeStep({ runId, step: "feed" }, dependencies), "another's turn").toEqual({ moved: 0 });
  expect((await read()).next).toBe(0);
});

it("tries a step that failed as a whole again after a while", async () => {
  const { dependencies, read, logged, jobs } = await open([inputRow("a")], { inFlight: [{ row: 0, jobId: "job_0" }] });
  const broken = withMethods(jobs, { get: () => Promise.reject(new Error("no route")) });
  const result = await takeStep({ runId, step: "feed" }, { ...dependencies, jobs: broken });
  expect(result).toEqual({ moved: 0, next: { runId, step: "feed", delayMs: 5_000 } });
  expect(await read()).toMatchObject({ status: "paused", paused: { code: "service_unavailable" } });
  expect(logged.join()).toContain("a step of a run failed");
});
