import { afterAll, beforeAll, expect, it } from "vitest";
import { createLinkSigner } from "../../../shared/access/signed-link.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

const secret = "a secret of thirty-two characters";
let api: ApiUnderTest;
beforeAll(async () => {
  api = await openApi({ linkSecret: secret });
});
afterAll(() => api.close());

async function fetchLink(key: string, contentType: string) {
  await api.objects.put(key, new TextEncoder().encode("<script>alert(1)</script>"), { contentType });
  const signer = createLinkSigner({ secret, origin: "http://localhost", now: Date.now, lifeS: 3_600 });
  const { url } = signer.file(key);
  const response = await api.app.request(url);
  return { path: new URL(url).pathname, status: response.status, headers: response.headers };
}

it("names an image after its job and index, at the end of its link too", async () => {
  const { path, status, headers } = await fetchLink("o/job_01ABC/2-0123abcd.webp", "image/webp");
  expect([status, path]).toEqual([200, "/v1/files/o/job_01ABC/2-0123abcd.webp/content/job_01ABC-2.webp"]);
  expect(headers.get("content-disposition")).toBe('inline; filename="job_01ABC-2.webp"');
});

it.each([
  "text/html",
  "image/svg+xml",
  "application/jsonl",
  "text/html; charset=image/png",
])("sends a stored %s as an attachment", async (contentType) => {
  const { status, headers } = await fetchLink("in/acc_1/page", contentType);
  expect([status, headers.get("content-disposition")]).toEqual([200, 'attachment; filename="page"']);
});

it("still serves a link without the name", async () => {
  const { path } = await fetchLink("o/job_01ABC/0-0123abcd.png", "image/png");
  const signer = createLinkSigner({ secret, origin: "http://localhost", now: Date.now, lifeS: 3_600 });
  const url = signer.file("o/job_01ABC/0-0123abcd.png").url.replace(path, path.slice(0, path.lastIndexOf("/")));
  expect((await api.app.request(url)).status).toBe(200);
});
