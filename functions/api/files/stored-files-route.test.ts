import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLinkSigner } from "../../../shared/access/signed-link.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";

const key = "o/job_1/0-abc.png";
const bytes = new Uint8Array(Array.from({ length: 100 }, (_, i) => i));
let api: ApiUnderTest;
let url: string;

beforeEach(async () => {
  api = await openApi();
  await api.objects.put(key, bytes, { contentType: "image/png" });
  url = signer(api).file(key).url;
});
afterEach(() => api.close());

function signer({ clock }: ApiUnderTest, secret = "a secret for links") {
  return createLinkSigner({ secret, origin: "http://localhost", now: clock.now, lifeS: 86_400 });
}

async function get(headers: { [name: string]: string } = {}, address = url) {
  const response = await api.app.request(address, { headers });
  return { response, status: response.status, body: new Uint8Array(await response.arrayBuffer()) };
}

it("serves the file to whoever has the link, and says what it is", async () => {
  const { response, status, body } = await get();
  expect([status, body]).toEqual([200, bytes]);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "image/png",
    "content-length": "100",
    "accept-ranges": "bytes",
    "cache-control": expect.stringMatching(/^private, max-age=\d{5}, immutable$/),
    "x-content-type-options": "nosniff",
    "content-security-policy": expect.stringContaining("sandbox"),
  });
  const head = await api.app.request(url, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "100", ""]);
});

describe("links", () => {
  it("expire", async () => {
    api.clock.advance(2 * 86_400_000);
    const { response, status } = await get();
    expect([status, response.headers.get("content-type")]).toEqual([410, "application/problem+json"]);
  });

  it.each([
    ["another file", (link: string) => link.replace("abc", "abd")],
    ["a later end", (link: string) => link.replace(/exp=(\d+)/, (_, exp) => `exp=${Number(exp) + 1}`)],
    ["an end that is no number", (link: string) => link.replace(/exp=\d+/, "exp=Infinity")],
    ["no signature", (link: string) => link.replace(/&sig=.*/, "")],
    ["a cut signature", (link: string) => link.slice(0, -1)],
    ["a way out of the folder", (link: string) => link.replace("o/job_1", "o/..%2f..")],
  ])("do not work for %s", async (_, tamper) => {
    expect((await get({}, tamper(url))).status).toBe(403);
  });

  it("do not work when signed with another secret", async () => {
    expect((await get({}, signer(api, "other").file(key).url)).status).toBe(403);
  });

  it("stay the same within an hour, for the browser's cache", () => {
    const first = signer(api).file(key);
    expect(first.expiresAt - api.clock.now()).toBeGreaterThanOrEqual(86_400_000);
    expect(signer(api).file(key)).toEqual(first);
  });

  it("lead to 404 once the file is gone", async () => {
    await api.objects.delete(key);
    expect((await get()).status).toBe(404);
  });

  it("are sent on to a store that has a server of its own, for a short time", async () => {
    const lives: number[] = [];
    const presigning = await openApi({
      objects: {
        ...api.objects,
        presign: async (name, { expiresInS }) => {
          lives.push(expiresInS);
          return `https://store.test/${name}`;
        },
      },
    });
    try {
      const response = await presigning.app.request(signer(presigning).file(key).url);
      expect([response.status, response.headers.get("location")]).toEqual([302, `https://store.test/${key}`]);
      // A page that fetches the link follows the redirect only where this says so.
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(lives).toEqual([900]);
    } finally {
      await presigning.close();
    }
  });
});

describe("ranges", () => {
  it.each([
    ["bytes=0-9", 206, [0, 10], "bytes 0-9/100"],
    ["bytes=90-", 206, [90, 100], "bytes 90-99/100"],
    ["bytes=-5", 206, [95, 100], "bytes 95-99/100"],
    ["bytes=-500", 206, [0, 100], "bytes 0-99/100"],
    ["bytes=50-1000", 206, [50, 100], "bytes 50-99/100"],
    ["bytes=9-3", 200, [0, 100], null],
    ["bytes=0-1,5-6", 200, [0, 100], null],
    ["lines=1-2", 200, [0, 100], null],
    ["bytes=-", 200, [0, 100], null],
  ])("%s → %i", async (range, status, [from, to], contentRange) => {
    const answer = await get({ range });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(bytes.slice(from, to));
    expect(answer.response.headers.get("content-range")).toBe(contentRange);
    expect(answer.response.headers.get("content-length")).toBe(String(answer.body.length));
  });

  it.each([["bytes=100-"], ["bytes=-0"]])("%s is outside of the file: 416", async (range) => {
    const { response, status } = await get({ range });
    expect([status, response.headers.get("content-range")]).toEqual([416, "bytes */100"]);
  });

  it("hold only while the file is the one that If-Range names", async () => {
    const etag = (await get()).response.headers.get("etag") ?? "";
    expect((await get({ range: "bytes=0-9", "if-range": etag })).status).toBe(206);
    expect((await get({ range: "bytes=0-9", "if-range": '"other"' })).status).toBe(200);
  });
});

it("answers 304 when the client has the file", async () => {
  const etag = (await get()).response.headers.get("etag") ?? "";
  expect((await get({ "if-none-match": `"x", W/${etag}` })).status).toBe(304);
  expect((await get({ "if-none-match": '"x"' })).status).toBe(200);
});
