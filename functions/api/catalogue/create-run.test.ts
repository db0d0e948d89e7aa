import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, readProblem } from "../../../test/support/api/api-under-test.ts";
import { readRowsFile } from "../../catalogue/run/run-files.ts";
import { findRun } from "../../runs/run-store.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const body = {
  source: { rows: [{ sku: 1, title: null, active: false, price: 2.5 }] },
  shots: [{ id: "main", method: "draw", size: "64x64", prompt: "a teapot" }],
};

const post = (more: object = {}, headers: { [name: string]: string } = {}) =>
  api.request("POST", "/v1/runs", { ...body, ...more }, headers);
const idOf = async (response: Response) => ((await response.json()) as { readonly id: string }).id;
const listed = async () => {
  const response = await api.request("GET", "/v1/runs");
  return ((await response.json()) as { readonly data: readonly { readonly id: string }[] }).data.map(({ id }) => id);
};

it("keeps the rows as texts, and how its caller reads", async () => {
  const response = await post({}, { "accept-language": "zh-TW" });
  expect(response.status).toBe(201);
  const id = await idOf(response);
  expect(response.headers.get("location")).toBe(`/v1/runs/${id}`);
  const { run } = (await findRun(api.items, id))!;
  expect(run).toMatchObject({ status: "importing", catalogue: { order: { acceptLanguage: "zh-TW" } } });
  const stored = Buffer.from(await readRowsFile(run, api.objects)).toString("utf8");
  expect(JSON.parse(stored)).toEqual([{ sku: "1", title: "", active: "false", price: "2.5" }]);
});

it.each([
  [{ source: { file_id: "file-01JZ0000000000000000000000" } }],
  [{ pictures: { file_id: "file-01JZ0000000000000000000000" } }],
])("makes no run of a file that is not there: %j", async (more) => {
  const response = await post(more);
  expect(response.status).toBe(404);
  expect((await readProblem(response)).detail).toContain("file-01JZ0000000000000000000000");
  expect(await listed()).toEqual([]);
});

it("keeps the run's own webhook, and refuses an address that must not be called", async () => {
  const webhook = { url: "https://shop.example/hook", events: ["run.completed"] };
  const { run } = (await findRun(api.items, await idOf(await post({ webhook }))))!;
  expect(run.webhook).toEqual(webhook);
  const refused = await post({ webhook: { url: "ftp://shop.example/hook" } });
  expect(refused.status).toBe(400);
  expect(await readProblem(refused)).toMatchObject({
    code: "webhook_url_forbidden",
    errors: [{ param: "webhook.url" }],
  });
  const job = await post({ webhook: { ...webhook, events: ["job.succeeded"] } });
  expect((await readProblem(job)).detail).toContain("run.completed");
});

it("makes one run of requests with one key, even at the same moment, and says which were repeats", async () => {
  const responses = await Promise.all([1, 2, 3].map(() => post({}, { "idempotency-key": "night-1" })));
  expect(responses.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
  for (const { status, headers } of responses) {
    expect(headers.get("idempotent-replayed")).toBe(status === 200 ? "true" : null);
  }
  const ids = await Promise.all(responses.map(idOf));
  expect(await listed()).toEqual([...new Set(ids)]);
});

it("does not mistake a key for another account's", async () => {
  const first = await idOf(await post({}, { "idempotency-key": "night-1" }));
  const other = await api.apiKeys.createAccount("second", { unlimited: true });
  const { value } = await api.apiKeys.createKey(other.id);
  const response = await post({}, { "idempotency-key": "night-1", authorization: `Bearer ${value}` });
  expect(response.status).toBe(201);
  expect(await idOf(response)).not.toBe(first);
});
