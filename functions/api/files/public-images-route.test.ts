import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type ApiUnderTest, openApi, readProblem } from "../../../test/support/api/api-under-test.ts";
import { publicationWrite } from "../../catalogue/publish/publications.ts";

const bytes = Buffer.from("bytes of an image");
const sha256 = createHash("sha256").update(bytes).digest("hex");
const key = "k/acc_1/spring/mug.png";
const folder = "0123456789abcdef";
const name = `${sha256.slice(0, 10)}/mug.png`;
const publication = { key, sha256, bytes: bytes.length, contentType: "image/png", publishedAt: 1 };
const etag = `"${sha256.slice(0, 32)}"`;

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
  await api.objects.put(key, bytes, { contentType: "image/png" });
  await api.items.write([publicationWrite(folder, name, publication)]);
});
afterEach(() => api.close());

/** Without a key: everybody may ask. */
const ask = (init: RequestInit = {}, path = `/i/${folder}/${name}`) => api.app.request(path, init);
const bodyOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

it("gives the image to everybody, to be kept for good and run as nothing", async () => {
  const response = await ask();
  expect(response.status).toBe(200);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "access-control-allow-origin": "*",
    "cache-control": "public, max-age=31536000, immutable",
    "content-length": String(bytes.length),
    "content-security-policy": "default-src 'none'; sandbox",
    "content-type": "image/png",
    "cross-origin-resource-policy": "cross-origin",
    etag,
    "x-content-type-options": "nosniff",
  });
  expect(await bodyOf(response)).toEqual(bytes);
});

it("answers HEAD with the length and no bytes", async () => {
  const response = await ask({ method: "HEAD" });
  expect([response.status, response.headers.get("content-length")]).toEqual([200, String(bytes.length)]);
  expect(await bodyOf(response)).toHaveLength(0);
});

it("gives a part of it, and refuses one behind its end", async () => {
  const part = await ask({ headers: { range: "bytes=4-9" } });
  expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes 4-9/${bytes.length}`]);
  expect(await bodyOf(part)).toEqual(bytes.subarray(4, 10));
  expect((await ask({ headers: { range: `bytes=${bytes.length}-` } })).status).toBe(416);
});

it("sends nothing to whoever has it already", async () => {
  const response = await ask({ headers: { "if-none-match": etag } });
  expect([response.status, (await bodyOf(response)).length]).toEqual([304, 0]);
});

it("has an image at no other address", async () => {
  for (const path of [
    `/i/${folder}`,
    `/i/${folder}/0000000000/mug.png`,
    `/i/${folder}/${name}/x`,
    `/i/fedcba9876543210/${name}`,
  ]) {
    const response = await ask({}, path);
    expect(response.status, path).toBe(404);
    expect((await readProblem(response)).code, path).toBe("image_not_found");
  }
  expect((await ask({}, "/i/../v1/models")).status).not.toBe(200);
});

it("says of an image that was withdrawn that it is gone, and lets nobody keep that", async () => {
  await api.items.write([publicationWrite(folder, name, { ...publication, withdrawnAt: 2 })]);
  const response = await ask();
  expect(response.status).toBe(410);
  expect(response.headers.get("cache-control")).toBeNull();
  expect((await readProblem(response)).code).toBe("image_withdrawn");
});
