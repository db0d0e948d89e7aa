import { afterEach, expect, it } from "vitest";
import { inputRow, openRun } from "../../../test/support/api/run-under-test.ts";
import { collect } from "../../../test/support/collect.ts";
import { UploadedFiles } from "../../api/files/uploaded-files.ts";
import { feedRun } from "../feed-run.ts";
import { finishBatch } from "./finish-batch.ts";

let opened: Awaited<ReturnType<typeof openRun>> | undefined;
afterEach(() => opened?.close());

/** A run whose rows `a` (base64) and `b` (a link) are drawn and whose row `c` is refused, about to finish. */
async function open() {
  const rows = [inputRow("a", { response_format: "b64_json" }), inputRow("b"), inputRow("c", { n: -1 })];
  opened = await openRun(rows);
  const { turn, draw, dependencies } = opened;
  await feedRun(await turn(), dependencies);
  await draw();
  await feedRun(await turn(), dependencies);
  return opened;
}

async function linesOf(fileId: string | undefined) {
  const { dependencies, account } = opened!;
  const files = new UploadedFiles(dependencies);
  const pieces = await collect(files.stream(await files.get(account.id, fileId!)));
  return Buffer.concat(pieces)
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

it("writes the drawn rows into one file and the others into another, and ends the run", async () => {
  const { turn, read, dependencies, clock } = await open();
  expect(await finishBatch(await turn(), dependencies)).toBe(3);
  const run = await read();
  expect(run).toMatchObject({ status: "completed", completed: 2, failed: 1, finishedAt: clock.now() });
  expect(run.finish).toBeUndefined();
  const output = await linesOf(run.outputFileId);
  expect(output.map(({ custom_id }) => custom_id)).toEqual(["a", "b"]);
  expect(output[0].response).toMatchObject({ status_code: 200, body: { data: [{ b64_json: expect.any(String) }] } });
  expect(output[1].response.body.data[0].url).toContain(run.origin);
  const errors = await linesOf(run.errorFileId);
  expect(errors).toMatchObject([{ custom_id: "c", response: { status_code: 400, body: { error: { param: "n" } } } }]);
});

it("has links where base64 does not fit any more", async () => {
  const { turn, read, dependencies } = await open();
  await finishBatch(await turn(), { ...dependencies, maxBase64Bytes: 1 });
  const [line] = await linesOf((await read()).outputFileId);
  expect(line.response.body.data[0].b64_json).toBeUndefined();
  expect(line.response.body.data[0].url).toBeTypeOf("string");
});

it("goes on after a crash behind the last part it stored, with every line once", async () => {
  const { turn, read, dependencies, objects } = await open();
  let puts = 0;
  const crashing = new Proxy(objects, {
    get(target, name) {
      if (name !== "put") return Reflect.get(target, name).bind(target);
      return (...put: Parameters<typeof objects.put>) =>
        ++puts === 2 ? Promise.reject(new Error("no disk")) : target.put(...put);
    },
  });
  await expect(finishBatch(await turn(), { ...dependencies, objects: crashing, partBytes: 1 })).rejects.toThrow(
    "no disk",
  );
  expect((await read()).finish).toMatchObject({ next: 1, output: { parts: [expect.any(Number)] } });
  expect(await finishBatch(await turn(), { ...dependencies, partBytes: 1 })).toBe(2);
  expect((await linesOf((await read()).outputFileId)).map(({ custom_id }) => custom_id)).toEqual(["a", "b"]);
});

it("makes no file without a line", async () => {
  opened = await openRun([], { status: "finishing", cancelledAt: 1 });
  expect(await finishBatch(await opened.turn(), opened.dependencies)).toBe(0);
  const run = await opened.read();
  expect(run.status).toBe("canceled");
  expect([run.outputFileId, run.errorFileId]).toEqual([undefined, undefined]);
});
