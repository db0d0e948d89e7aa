import { afterEach, beforeEach, expect, it } from "vitest";
import { queryAll } from "../../../shared/ports/query-all.ts";
import { type ApiUnderTest, openApi, readProblem } from "../../../test/support/api/api-under-test.ts";
import { CatalogueRuns, teapotOrder } from "../../../test/support/api/catalogue-runs.ts";
import { collect } from "../../../test/support/collect.ts";
import { findRun } from "../../runs/run-store.ts";
import { memoryPartition } from "./image-memory.ts";

let api: ApiUnderTest;
let runs: CatalogueRuns;
beforeEach(async () => {
  api = await openApi();
  runs = new CatalogueRuns(api);
});
afterEach(() => api.close());

const objectsUnder = async (prefix: string) => (await collect(api.objects.walk(prefix))).map(({ key }) => key);
const counts = async (id: string) => (await runs.call("GET", `/v1/runs/${id}`)).body.counts;

it("deletes a run with its rows and files, and keeps what it drew under its key", async () => {
  const { id } = await runs.finished(teapotOrder);
  const other = await runs.finished({ ...teapotOrder, run_key: "other" });
  expect(await runs.call("DELETE", `/v1/runs/${id}`)).toEqual({
    status: 200,
    body: { id, object: "run", deleted: true },
  });
  expect(await findRun(api.items, id)).toBeUndefined();
  expect(await queryAll(api.items, { index: "main", partition: `BATCH#${id}` })).toEqual([]);
  expect(await objectsUnder(`r/${api.account.id}/${id}/`)).toEqual([]);
  expect((await runs.call("DELETE", `/v1/runs/${id}`)).status).toBe(404);
  // Neither the other run nor what was drawn is gone.
  expect(await counts(other.id)).toMatchObject({ drawn: 2 });
  expect((await runs.finished(teapotOrder)).counts).toMatchObject({ unchanged: 2, to_draw: 0 });
});

it("deletes no run that goes on, nor the key that it draws under", async () => {
  const { body } = await runs.call("POST", "/v1/runs", teapotOrder);
  for (const path of [`/v1/runs/${body.id}`, "/v1/run-keys/default"]) {
    const refused = await api.request("DELETE", path);
    expect(refused.status).toBe(409);
    expect((await readProblem(refused)).detail).toContain(`run ${body.id} is importing; cancel it`);
  }
});

it("deletes all that a key holds: images, public addresses, decisions, exports and runs", async () => {
  const { id } = await runs.finished(teapotOrder);
  const kept = await runs.finished({ ...teapotOrder, run_key: "default-2" });
  await runs.call("POST", `/v1/runs/${id}/review`, { state: "auto_ok", decision: "approve" });
  await runs.call("POST", `/v1/runs/${id}/publish`);
  const { body } = await runs.call<{ files: readonly unknown[] }>("POST", `/v1/runs/${id}/export`, {
    channel: "shopify",
  });
  expect(body.files).toHaveLength(1);
  const list = await runs.call<{ data: { files: { public_url: string }[] }[] }>("GET", `/v1/runs/${id}/rows`);
  const { pathname } = new URL(list.body.data[0]!.files[0]!.public_url);
  expect((await api.app.request(pathname)).status).toBe(200);
  const gone = await runs.call("DELETE", "/v1/run-keys/default");
  expect(gone.body).toEqual({ key: "default", object: "run_key", deleted: true });
  expect((await api.app.request(pathname)).status).toBe(404);
  expect(await objectsUnder(`k/${api.account.id}/default/`)).toEqual([]);
  expect(await findRun(api.items, id)).toBeUndefined();
  const memory = memoryPartition({ accountId: api.account.id, runKey: "default" });
  for (const end of ["", "#REVIEW", "#EXPORTED", "#PUBLIC"]) {
    expect(await queryAll(api.items, { index: "main", partition: memory + end })).toEqual([]);
  }
  // Another key, and another account's key of the same name, are left alone.
  expect(await counts(kept.id)).toMatchObject({ drawn: 2 });
  expect((await objectsUnder(`k/${api.account.id}/default-2/`)).length).toBeGreaterThan(0);
  expect((await runs.finished(teapotOrder)).counts).toMatchObject({ new: 2, unchanged: 0 });
});
