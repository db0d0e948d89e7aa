import { afterEach, expect, it } from "vitest";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { inputRow, openRun } from "../../../test/support/api/run-under-test.ts";
import { createRun } from "../run-store.ts";
import { RunLoop } from "./run-loop.ts";

let opened: Awaited<ReturnType<typeof openRun>> | undefined;
afterEach(() => opened?.close());
const open = async (...given: Parameters<typeof openRun>) => {
  opened = await openRun(...given);
  return opened;
};

it("takes the steps that follow at once, up to the end of the run", async () => {
  const { dependencies, read } = await open([inputRow("a", { n: -1 })]);
  const moved = await Promise.all(await new RunLoop(dependencies).startDue());
  expect(moved).toEqual([2]);
  expect((await read()).status).toBe("completed");
  expect(await new RunLoop(dependencies).startDue()).toEqual([]);
});

it("takes one step of each run where it does not follow", async () => {
  const { dependencies, read } = await open([inputRow("a", { n: -1 })]);
  await Promise.all(await new RunLoop(dependencies, { follows: false }).startDue());
  expect((await read()).status).toBe("finishing");
});

it("works on at most four runs of an account, each once, while their steps hang", async () => {
  const { dependencies, run, items, jobs } = await open([inputRow("a")], { inFlight: [{ row: 0, jobId: "job_0" }] });
  for (let i = 2; i <= 6; i++) await createRun(items, { ...run, id: `batch_${i}` });
  const { promise: released, reject } = Promise.withResolvers<undefined>();
  const hanging = withMethods(jobs, { get: () => released });
  const loop = new RunLoop({ ...dependencies, jobs: hanging }, { follows: false });
  const started = await loop.startDue();
  expect(started).toHaveLength(4);
  expect(await loop.startDue()).toEqual([]);
  reject(new Error("no route"));
  expect(await Promise.all(started)).toEqual([0, 0, 0, 0]);
  expect(await loop.startDue(), "the other two").toHaveLength(2);
});
