import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, readProblem } from "../../../../test/support/api/api-under-test.ts";
import { sampleRun } from "../../../../test/support/api/sample-run.ts";
import { sampleCatalogue } from "../../../../test/support/catalogue/sample-catalogue.ts";
import type { Task } from "../../../catalogue/run/task.ts";
import { writeChunk } from "../../../runs/rows/row-chunks.ts";
import { createRun } from "../../../runs/run-store.ts";

const image = Buffer.from("bytes of an image".repeat(20));
const key = "o/kept/vase.png";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

/** A run that has ended, whose tasks are these. */
async function endedRun(...tasks: readonly Task[]): Promise<void> {
  const identity = { accountId: api.account.id, keyId: "key_1", scopes: ["*"], terms: {} };
  const run = sampleRun({
    id: "run_1",
    face: "catalogue",
    identity,
    status: "completed",
    catalogue: sampleCatalogue(),
  });
  await createRun(api.items, run);
  await writeChunk(run, "tasks", 0, tasks, api.objects);
  await api.objects.put(key, image, { contentType: "image/png" });
}

const common = { sku: "N-1", shot: "main", key: "N-1#main", line: 2, version: 1 };
const skipped: Task = { ...common, status: "skipped", stems: [] };
const drawn: Task = {
  ...common,
  status: "unchanged",
  stems: ["vase"],
  kept: [
    {
      key,
      sha256: createHash("sha256").update(image).digest("hex"),
      crc32: crc32(image),
      bytes: image.length,
      width: 64,
      height: 64,
      format: "png",
      seed: 7,
    },
  ],
};

const get = (path: string, headers: { [name: string]: string } = {}) =>
  api.request("GET", `/v1/runs/run_1/${path}`, undefined, headers);

it("names a manifest after its run and form, with a line for what has no file", async () => {
  await endedRun(drawn, skipped);
  const response = await get("manifest.jsonl");
  expect(response.headers.get("content-disposition")).toBe('attachment; filename="run_1.jsonl"');
  const lines = (await response.text()).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    {
      status: "unchanged",
      file: "vase.png",
      url: expect.stringContaining("/v1/files/o/kept/vase.png/content/vase.png?"),
    },
    { status: "skipped", file: null, url: null },
  ]);
});

it("says what is wrong in place of a download that breaks off", async () => {
  await endedRun(drawn);
  expect(await readProblem(await get("manifest.csv?review=all"))).toMatchObject({ status: 400, param: "review" });
});

it("gives the last bytes of an archive, and refuses those behind its end", async () => {
  await endedRun(drawn);
  const whole = await get("archive.zip");
  const size = Number(whole.headers.get("content-length"));
  expect((await whole.arrayBuffer()).byteLength).toBe(size);
  const end = await get("archive.zip", { range: "bytes=-22" });
  expect(end.status).toBe(206);
  expect(end.headers.get("content-range")).toBe(`bytes ${size - 22}-${size - 1}/${size}`);
  // The record with which every ZIP ends.
  expect(Buffer.from(await end.arrayBuffer()).toString("latin1", 0, 4)).toBe("PK\x05\x06");
  const behind = await get("archive.zip", { range: `bytes=${size}-` });
  expect(behind.status).toBe(416);
  expect(behind.headers.get("content-range")).toBe(`bytes */${size}`);
});

it("has no archive of a run without images", async () => {
  await endedRun(skipped);
  const response = await get("archive.zip");
  expect(response.status).toBe(404);
  expect((await readProblem(response)).code).toBe("archive_not_found");
});

it("cuts an archive off where an image is gone, and logs why", async () => {
  await endedRun(drawn);
  await api.objects.delete(key);
  const response = await get("archive.zip");
  await expect(response.arrayBuffer()).rejects.toThrow("an image is gone");
  expect(api.logged).toEqual([expect.stringMatching(/^error a download broke off .*o\/kept\/vase\.png/)]);
});
