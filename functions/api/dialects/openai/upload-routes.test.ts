import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const order = { bytes: 5, filename: "rows.jsonl", mime_type: "application/jsonl", purpose: "batch" };

async function post(path: string, body?: object) {
  const response = await api.request("POST", path, body);
  return { status: response.status, body: (await response.json()) as { [field: string]: unknown } };
}

async function begin(): Promise<string> {
  const { status, body } = await post("/v1/uploads", order);
  expect(status).toBe(200);
  return String(body.id);
}

const errorOf = (code: string, param?: string) => ({
  body: { error: expect.objectContaining({ code, ...(param && { param }) }) },
});

it("begins an upload for an hour, and says that it was cancelled", async () => {
  const { body } = await post("/v1/uploads", { ...order, expires_after: { anchor: "created_at", seconds: 3_600 } });
  expect(body).toMatchObject({ object: "upload", status: "pending", bytes: 5, file: null });
  expect(Number(body.expires_at) - Number(body.created_at)).toBe(3_600);
  expect((await post(`/v1/uploads/${body.id}/cancel`)).body).toMatchObject({ id: body.id, status: "cancelled" });
});

it.each([
  ["no size", { bytes: undefined }, "bytes"],
  ["a size of nothing", { bytes: 0 }, "bytes"],
  ["a size in text", { bytes: "5" }, "bytes"],
  ["no name", { filename: "" }, "filename"],
  ["a media type that no header holds", { mime_type: "红/x" }, "mime_type"],
  ["a name that is too long", { filename: "x".repeat(1_025) }, "filename"],
  ["a life without an anchor", { expires_after: { seconds: 1 } }, "expires_after.anchor"],
])("begins none with %s", async (_, change, param) => {
  const refused = await post("/v1/uploads", { ...order, ...change });
  expect(refused.status).toBe(400);
  expect(refused.body).toMatchObject({ error: { param } });
});

it("begins none with a field that it does not know", async () => {
  expect(await post("/v1/uploads", { ...order, size: 5 })).toMatchObject(errorOf("unknown_parameter", "size"));
});

it("refuses a part that is no file of a form", async () => {
  const id = await begin();
  const form = new FormData();
  form.set("data", "only text");
  const headers = { authorization: `Bearer ${api.key}` };
  const response = await api.app.request(`/v1/uploads/${id}/parts`, { method: "POST", headers, body: form });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: "invalid_value", param: "data" } });
});

it.each([
  ["no part", { part_ids: [] }],
  ["too many parts", { part_ids: Array.from({ length: 2_001 }, () => "part_1") }],
  ["parts that are not a list", { part_ids: "part_1" }],
])("completes none of %s", async (_, body) => {
  const refused = await post(`/v1/uploads/${await begin()}/complete`, body);
  expect(refused.status).toBe(400);
  expect(refused.body).toMatchObject({ error: { param: "part_ids" } });
});

it("gives no link where the store has no server, and says how parts are sent instead", async () => {
  const refused = await post(`/v1/uploads/${await begin()}/part-links`, { bytes: 5 });
  expect(refused.status).toBe(422);
  expect(refused).toMatchObject(errorOf("part_links_unavailable"));
  expect(JSON.stringify(refused.body)).toContain("/v1/uploads/{id}/parts");
});
