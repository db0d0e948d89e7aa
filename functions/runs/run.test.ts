import { expect, it } from "vitest";
import { sampleRun } from "../../test/support/api/sample-run.ts";
import { type RunStatus, rowRecord, runRecord, stepOf } from "./run.ts";

const key = { pk: "BATCH#batch_1", sk: "META" };

it.each<[RunStatus, string | undefined]>([
  ["importing", "import"],
  ["running", "feed"],
  ["paused", "feed"],
  ["canceling", "feed"],
  ["finishing", "finish"],
  ["completed", undefined],
  ["failed", undefined],
  ["expired", undefined],
  ["canceled", undefined],
])("has for a run that is %s the step %s", (status, step) => {
  expect(stepOf({ status })).toBe(step);
});

it("reads a run and a row back as they were written", () => {
  const run = sampleRun({ inFlight: [{ row: 0, jobId: "job_1" }] });
  expect(runRecord.read({ ...key, data: runRecord.write(run) })).toEqual(run);
  const row = { row: 0, key: "a", jobId: "job_1" };
  expect(rowRecord.read({ ...key, data: rowRecord.write(row) })).toEqual(row);
});

it.each([
  ["in_progress", "importing"],
  ["finalizing", "finishing"],
  ["cancelling", "canceling"],
  ["cancelled", "canceled"],
  ["completed", "completed"],
])("reads a batch of the version before that is %s as a run that is %s", (former, status) => {
  const { face: _, ...shape } = sampleRun();
  const data = { ...shape, status: former } as never;
  expect(runRecord.read({ ...key, data })).toMatchObject({ face: "openai_batch", status, nextAt: shape.createdAt });
});

it("lets a batch of the version before that has met an error only wait for its jobs", () => {
  const { face: _, ...shape } = sampleRun({ errors: [{ code: "x", message: "", param: null, line: 1 }] });
  expect(runRecord.read({ ...key, data: { ...shape, status: "in_progress" } as never }).status).toBe("canceling");
});

it("refuses an item that is no run", () => {
  expect(() => runRecord.read({ ...key, data: { id: "batch_1" } })).toThrow(/run/);
});
