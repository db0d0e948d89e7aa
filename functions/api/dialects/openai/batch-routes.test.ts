import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import { batchLine } from "../../../../test/support/api/openai-batches.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const order = { input_file_id: "file-1", endpoint: "/v1/images/generations", completion_window: "24h" };

interface Page {
  readonly data: readonly { readonly id: string }[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

async function list(query = "", key = api.key): Promise<Page> {
  const response = await api.request("GET", `/v1/batches${query}`, undefined, { authorization: `Bearer ${key}` });
  expect(response.status).toBe(200);
  return (await response.json()) as Page;
}

/** @returns ids, oldest first */
async function createBatches(count: number): Promise<string[]> {
  const form = new FormData();
  form.set("purpose", "batch");
  form.set("file", new File([batchLine("a", {})], "in.jsonl"));
  const headers = { authorization: `Bearer ${api.key}` };
  const upload = await api.app.request("/v1/files", { method: "POST", headers, body: form });
  const { id: input_file_id } = (await upload.json()) as { id: string };
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    api.clock.advance(1_000);
    const response = await api.request("POST", "/v1/batches", { ...order, input_file_id });
    expect(response.status).toBe(200);
    ids.push(((await response.json()) as { id: string }).id);
  }
  return ids;
}

const manyKeys = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`key-${i}`, "x"]));

it.each([
  ["no file", { input_file_id: undefined }, "input_file_id"],
  ["another endpoint", { endpoint: "/v1/chat/completions" }, "endpoint"],
  ["another window", { completion_window: "7d" }, "completion_window"],
  ["too many keys of metadata", { metadata: manyKeys }, "metadata"],
  ["metadata that is too long", { metadata: { note: "x".repeat(513) } }, "metadata.note"],
  ["metadata that is no text", { metadata: { note: 1 } }, "metadata.note"],
  ["a field that it does not know", { priority: "high" }, "priority"],
])("refuses a batch with %s, and makes none", async (_, change, param) => {
  const response = await api.request("POST", "/v1/batches", { ...order, ...change });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { param } });
  expect(await list()).toEqual({ object: "list", data: [], has_more: false, first_id: null, last_id: null });
});

it("refuses a batch of a file that is not there", async () => {
  const response = await api.request("POST", "/v1/batches", order);
  expect(response.status).toBe(404);
  expect((await list()).data).toEqual([]);
});

it("pages through an account's batches, newest first, each once", async () => {
  const newestFirst = (await createBatches(5)).toReversed();
  const pages: Page[] = [];
  for (let query = "?limit=2", more = true; more; query = `?limit=2&after=${pages.at(-1)!.last_id}`) {
    pages.push(await list(query));
    more = pages.at(-1)!.has_more;
  }
  expect(pages.map(({ data }) => data.map(({ id }) => id))).toEqual([
    newestFirst.slice(0, 2),
    newestFirst.slice(2, 4),
    newestFirst.slice(4),
  ]);
  expect(pages.map(({ first_id }) => first_id)).toEqual([newestFirst[0], newestFirst[2], newestFirst[4]]);
});

it.each([
  ["2", 2],
  ["1000", 3],
])("takes a limit of %s for a page that it can give", async (limit, length) => {
  await createBatches(3);
  expect((await list(`?limit=${limit}`)).data).toHaveLength(length);
});

it("shows, cancels and lists no batch of another account", async () => {
  const [id] = await createBatches(1);
  const other = await api.apiKeys.createAccount("second");
  const { value } = await api.apiKeys.createKey(other.id);
  const headers = { authorization: `Bearer ${value}` };
  expect((await list("", value)).data).toEqual([]);
  expect((await api.request("GET", `/v1/batches/${id}`, undefined, headers)).status).toBe(404);
  expect((await api.request("POST", `/v1/batches/${id}/cancel`, undefined, headers)).status).toBe(404);
  const own = await api.request("GET", `/v1/batches/${id}`);
  expect(await own.json()).toMatchObject({ id, status: "validating", cancelling_at: null });
});
