import { ulid } from "ulid";
import { afterEach, expect, it } from "vitest";
import { inputRow, openRun } from "../../../test/support/api/run-under-test.ts";
import { submitLine } from "../openai-batch/submit-line.ts";
import { drawnJob } from "./drawn-job.ts";
import { settleRows } from "./settle-rows.ts";

let opened: Awaited<ReturnType<typeof openRun>> | undefined;
afterEach(() => opened?.close());

const ids = [0, 1, 2].map(() => `job_${ulid()}`);

/** A run with jobs of its first two rows, and a third flight without one. */
async function open() {
  opened = await openRun([inputRow("a"), inputRow("b"), inputRow("c")]);
  const inFlight = [0, 1, 2].map((row) => ({ row, jobId: ids[row]! }));
  const run = { ...opened.run, inFlight };
  for (const flight of inFlight.slice(0, 2)) {
    await submitLine(run, flight, inputRow(["a", "b"][flight.row]!), opened.dependencies);
  }
  return { ...opened, run, inFlight };
}

it("tells rows that are over from those whose jobs run and those without one", async () => {
  const { run, dependencies, jobs, worker, inFlight } = await open();
  await worker.workOnce();
  const found = await settleRows(run, dependencies);
  const job = (await jobs.get(ids[0]!))!;
  expect(found).toEqual({
    settled: [{ row: { row: 0, key: "a", jobId: ids[0], drawn: drawnJob(job) }, writes: [] }],
    running: [inFlight[1]],
    unbegun: [inFlight[2]],
  });
  expect(found.settled[0]?.row.drawn?.images).toEqual([{ key: job.images[0]!.key, bytes: job.images[0]!.bytes }]);
});

it("gives the error of a job that did not succeed", async () => {
  const { run, dependencies, jobs } = await open();
  await jobs.requestCancel(ids[1]!);
  const { settled } = await settleRows(run, dependencies);
  expect(settled).toMatchObject([{ row: { row: 1, key: "b", jobId: ids[1], refused: { body: { error: {} } } } }]);
  expect(settled[0]?.row.drawn).toBeUndefined();
});

it("cancels the jobs of a run that ends early, and of no other", async () => {
  const { run, dependencies, jobs } = await open();
  await settleRows(run, dependencies);
  expect((await jobs.get(ids[0]!))?.status).toBe("queued");
  const { settled, unbegun } = await settleRows({ ...run, status: "canceling" }, dependencies);
  expect(settled.map(({ row }) => row.row)).toEqual([0, 1]);
  expect(unbegun.map(({ row }) => row)).toEqual([2]);
  expect((await jobs.get(ids[0]!))?.status).toBe("canceled");
});
