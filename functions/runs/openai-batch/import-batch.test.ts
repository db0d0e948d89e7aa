import { ulid } from "ulid";
import { afterEach, expect, it } from "vitest";
import { batchLine } from "../../../test/support/api/openai-batches.ts";
import { openRun } from "../../../test/support/api/run-under-test.ts";
import { UploadedFiles } from "../../api/files/uploaded-files.ts";
import { readInputRows } from "../rows/row-chunks.ts";
import type { Run } from "../run.ts";
import { importBatch } from "./import-batch.ts";

let opened: Awaited<ReturnType<typeof openRun>> | undefined;
afterEach(() => opened?.close());

/** A run over a file of these lines; over one that is gone without them. */
async function open(lines?: readonly string[], changes: Partial<Run> = {}) {
  const inputFileId = `file-${ulid()}`;
  opened = await openRun([], { status: "importing", inputFileId, ...changes });
  const { dependencies, account } = opened;
  const file = { id: inputFileId, accountId: account.id, filename: "in.jsonl", contentType: "application/jsonl" };
  const body = Buffer.from(lines?.join("\n") ?? "");
  if (lines) await new UploadedFiles(dependencies).create({ ...file, metadata: {} }, body);
  return opened;
}

it("stores the rows and lets the run begin", async () => {
  const { turn, read, dependencies, clock, objects, run } = await open([batchLine("a", {}), "", batchLine("b", {})]);
  expect(await importBatch(await turn(), dependencies)).toBe(2);
  expect(await read()).toMatchObject({ status: "running", total: 2, beganAt: clock.now(), nextAt: clock.now() });
  const rows = await readInputRows(run, [0, 1], objects);
  expect([...rows.values()].map(({ key }) => key)).toEqual(["a", "b"]);
});

it("fails a run with a mistake in any line, and begins no row", async () => {
  const { turn, read, dependencies } = await open([batchLine("a", {}), "{"]);
  await importBatch(await turn(), dependencies);
  const run = await read();
  expect(run).toMatchObject({ status: "failed", total: 0, errors: [{ code: "invalid_json_line", line: 2 }] });
  expect(run.holdsPlace).toBeUndefined();
});

it("fails a run whose file was deleted, and says what to do", async () => {
  const { turn, read, dependencies } = await open();
  await importBatch(await turn(), dependencies);
  expect(await read()).toMatchObject({ status: "failed", errors: [{ code: "file_not_found" }] });
  expect((await read()).errors[0]?.message).toContain("upload it again");
});

it("waits for the jobs of a run that has begun before its file was found wrong", async () => {
  const { turn, read, dependencies } = await open(["{"], { inFlight: [{ row: 0, jobId: "job_0" }], total: 1 });
  await importBatch(await turn(), dependencies);
  expect(await read()).toMatchObject({ status: "running", total: 1, errors: [{ code: "invalid_json_line" }] });
});
