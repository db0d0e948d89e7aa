import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

async function upload(field: string, fields: { [name: string]: string } = {}, type = "image/png") {
  const form = new FormData();
  form.set(field, new File(["bytes"], "a.png", { type }));
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const headers = { authorization: `Bearer ${api.key}` };
  const response = await api.app.request("/v1/files", { method: "POST", headers, body: form });
  return { status: response.status, body: (await response.json()) as { [field: string]: unknown; id: string } };
}
const get = (path: string, headers = {}) => api.request("GET", path, undefined, headers);

it("answers an upload in the form of the client whose field it came in", async () => {
  expect(await upload("file", { purpose: "vision" })).toMatchObject({
    status: 200,
    body: { object: "file", purpose: "vision" },
  });
  const replicate = await upload("content", { metadata: '{"a":1}' });
  expect(replicate).toMatchObject({ status: 201, body: { metadata: { a: "1" }, content_type: "image/png" } });
  const { data, results } = (await (await get("/v1/files")).json()) as { data: unknown[]; results: unknown[] };
  expect([data.length, results.length]).toEqual([2, 2]);
});

it.each([
  ["no file", "other", {}, 400],
  ["metadata that is no object", "content", { metadata: "[1]" }, 422],
  ["metadata that is no JSON", "content", { metadata: "{" }, 422],
  ["metadata too long", "content", { metadata: JSON.stringify({ a: "x".repeat(20_000) }) }, 422],
])("refuses %s and stores nothing", async (_, field, fields, status) => {
  expect((await upload(field, fields)).status).toBe(status);
  expect((await api.objects.list("in/")).objects).toEqual([]);
});

it("gives a file's bytes so that they cannot act as a page of this site", async () => {
  const page = await upload("file", {}, "text/html");
  const content = await get(`/v1/files/${page.body.id}/content`);
  expect(await content.text()).toBe("bytes");
  expect(content.headers.get("content-disposition")).toBe("attachment");
  expect(content.headers.get("content-security-policy")).toContain("sandbox");
});

it("shows and deletes the files of their account alone", async () => {
  const { id } = (await upload("file")).body;
  const other = await api.apiKeys.createAccount("other", {});
  const { value } = await api.apiKeys.createKey(other.id);
  const headers = { authorization: `Bearer ${value}` };
  expect((await get(`/v1/files/${id}`, headers)).status).toBe(404);
  expect((await api.request("DELETE", `/v1/files/${id}`, undefined, headers)).status).toBe(404);
  expect(await (await api.request("DELETE", `/v1/files/${id}`)).json()).toMatchObject({ id, deleted: true });
  expect((await get(`/v1/files/${id}`)).status).toBe(404);
});

it("gives as many as asked for, and no more than a page", async () => {
  for (let i = 0; i < 3; i++) await upload("file");
  const count = async (limit: string) =>
    ((await (await get(`/v1/files?limit=${limit}`)).json()) as { data: [] }).data.length;
  expect([await count("2"), await count("10000")]).toEqual([2, 3]);
});

it("answers what is wrong with an upload in the form of its client", async () => {
  const replicate = { title: expect.any(String), invalid_fields: [{ field: "metadata" }], status: 422 };
  expect(await upload("content", { metadata: "[1]" })).toMatchObject({ status: 422, body: replicate });
  expect(await upload("file", { metadata: "[1]" })).toMatchObject({
    status: 400,
    body: { error: { param: "metadata" } },
  });
});
