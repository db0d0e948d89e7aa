import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const initiate = (body: object) => api.request("POST", "/fal/rest/storage/upload/initiate", body);

async function links(body: object = { content_type: "image/png", file_name: "a b.png" }) {
  return (await (await initiate(body)).json()) as { upload_url: string; file_url: string };
}

/** As the client does it: without a key. */
const put = (url: string, contentType: string) =>
  api.app.request(url, { method: "PUT", headers: { "content-type": contentType }, body: "bytes" });

it("stores the file under the account, and serves it under the link it gave before", async () => {
  const { upload_url, file_url } = await links();
  expect(new URL(upload_url).pathname).toMatch(new RegExp(`^/fal/upload/in/${api.account.id}/[^/]+/a_b.png$`));
  expect((await put(upload_url, "image/png")).status).toBe(200);
  const file = await api.app.request(file_url);
  expect([file.headers.get("content-type"), await file.text()]).toEqual(["image/png", "bytes"]);
});

it.each([
  ["another media type", (url: string) => url, "text/html", 0],
  ["another name", (url: string) => url.replace("a_b.png", "c.png"), "image/png", 0],
  ["another signature", (url: string) => url.replace(/sig=../, "sig=AA"), "image/png", 0],
  ["hours later", (url: string) => url, "image/png", 2 * 3_600_000],
])("refuses a file of %s", async (_, change, contentType, later) => {
  const { upload_url } = await links();
  api.clock.advance(later);
  const response = await put(change(upload_url), contentType);
  expect([response.status, await response.json()]).toMatchObject([403, { code: "link_invalid" }]);
  expect(await api.objects.list("in/")).toEqual({ objects: [] });
});

it.each([
  ["../../etc/passwd", "_.._etc_passwd"],
  ["...", "file"],
  [undefined, "file"],
  ["ü/x.png", "_x.png"],
  ["n".repeat(500), "n".repeat(80)],
])("keeps the file name case %# within one path segment", async (file_name, stored) => {
  const { upload_url } = await links({ content_type: "image/png", file_name });
  expect(new URL(upload_url).pathname.split("/").at(-1)).toBe(stored);
});

it("refuses what is no media type", async () => {
  const response = await initiate({ content_type: "image/png; x" });
  expect([response.status, await response.json()]).toMatchObject([
    422,
    { detail: [{ loc: ["body", "content_type"] }] },
  ]);
});

it("counts files as what the account keeps here, once however often they are sent", async () => {
  const room = { pk: `ROOM#${api.account.id}`, sk: "bytes" };
  await api.items.write([{ put: { ...room, data: { free: 8, countedAt: api.clock.now() } } }]);
  const first = await links();
  expect((await put(first.upload_url, "image/png")).status).toBe(200);
  expect((await put(first.upload_url, "image/png")).status).toBe(200);
  const refused = await put((await links()).upload_url, "image/png");
  expect([refused.status, await refused.json()]).toMatchObject([422, { code: "account_storage_full" }]);
  expect((await api.objects.list(`in/${api.account.id}/`)).objects).toHaveLength(1);
});
