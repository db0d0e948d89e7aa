import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLinkS, PageSessions, pageSessionS } from "../../../shared/access/page-sessions.ts";
import { type ApiUnderTest, openApi } from "../../../test/support/api/api-under-test.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { createApp } from "../app.ts";
import { openLocalPage } from "./local-page.ts";
import type { PageAddress } from "./page-hosts.ts";

const clock = manualClock();
const home = "http://127.0.0.1:8787";

let api: ApiUnderTest;
let sessions: PageSessions;
beforeEach(async () => {
  const opened = await openApi({ clock, readPageFile: async () => Buffer.from("page") });
  api = { ...opened, app: appOf(opened, { hosts: ["studio.lan"] }) };
  sessions = new PageSessions(api);
});
afterEach(() => api.close());

/** The API as `npm start` opens it, over what another has. */
function appOf({ dependencies, apiKeys }: ApiUnderTest, address: PageAddress) {
  const localPage = openLocalPage({ ...dependencies, apiKeys, ...address });
  return createApp({ ...dependencies, ...address, localPage });
}

async function newLink(origin = home): Promise<string> {
  const key = await api.apiKeys.findKey(api.key);
  return `${origin}/open?once=${await sessions.createLink(key!)}`;
}

/** Opens a link as a browser does. @returns the cookie's name and value */
async function open(link: string): Promise<string> {
  const response = await api.app.request(link, { headers: { "sec-fetch-site": "none" } });
  expect([response.status, response.headers.get("location")]).toEqual([303, "./"]);
  return response.headers.get("set-cookie")!.split(";")[0]!;
}

type Headers = { [name: string]: string };
const models = async (cookie: string, headers: Headers = { "sec-fetch-site": "same-origin" }, origin = home) =>
  (await api.app.request(`${origin}/v1/models`, { headers: { cookie, ...headers } })).status;

describe("GET /open", () => {
  it("lets in the browser that opens the link first, by a cookie that no script and no other site gets", async () => {
    const link = await newLink();
    const response = await api.app.request(link);
    expect(response.headers.get("set-cookie")).toMatch(
      new RegExp(`^z-image-8787=[\\w-]{32}; Max-Age=${pageSessionS}; Path=/; HttpOnly; SameSite=Strict$`),
    );
    expect(response.headers.get("cache-control")).toBe("no-store");
    const cookie = response.headers.get("set-cookie")!.split(";")[0]!;
    expect(await models(cookie)).toBe(200);

    const again = await api.app.request(link);
    expect([again.status, again.headers.get("set-cookie")]).toEqual([403, null]);
    expect(await again.text()).toContain("npm run open");
    const same = await api.app.request(link, { headers: { cookie } });
    expect([same.status, same.headers.get("set-cookie")], "a second click of the one who is in").toEqual([303, null]);
  });

  it("is not used up by what looks ahead at links", async () => {
    const link = await newLink();
    await api.app.request(link, { method: "HEAD" });
    await api.app.request(link, { headers: { "sec-purpose": "prefetch;prerender" } });
    expect((await api.app.request(link)).status).toBe(303);
  });

  it("lets one of many in who come at once", async () => {
    const link = await newLink();
    const responses = await Promise.all(Array.from({ length: 5 }, () => api.app.request(link)));
    expect(responses.map(({ status }) => status).sort()).toEqual([303, 403, 403, 403, 403]);
  });

  it("works for ten minutes", async () => {
    const [first, second] = [await newLink(), await newLink()];
    clock.advance(openLinkS * 1_000 - 1);
    expect((await api.app.request(first)).status).toBe(303);
    clock.advance(1);
    expect((await api.app.request(second)).status).toBe(403);
  });

  it("takes no other secret", async () => {
    for (const query of ["", "?once=", "?once=wrong", `?once=${"a".repeat(32)}`, `?once=${"a".repeat(9_000)}`]) {
      expect((await api.app.request(`${home}/open${query}`)).status, query.slice(0, 20)).toBe(403);
    }
  });

  it("is not there for a service that has no local page", async () => {
    const cloud = await openApi();
    expect((await cloud.app.request("/open?once=x")).status).toBe(404);
    await cloud.close();
  });
});

describe("a session", () => {
  it("acts as the key, with its scopes, as long as the key is live", async () => {
    const { key } = await api.apiKeys.createKey(api.account.id, { scopes: ["models:read"] });
    const cookie = await open(`${home}/open?once=${await sessions.createLink(key)}`);
    expect(await models(cookie)).toBe(200);
    const jobs = await api.app.request(`${home}/v1/jobs`, { headers: { cookie, "sec-fetch-site": "same-origin" } });
    expect(jobs.status).toBe(403);
    await api.apiKeys.revokeKey(api.account.id, key.id);
    clock.advance(5_000);
    expect(await models(cookie)).toBe(401);
  });

  it("survives a restart, and ends after half a year", async () => {
    const cookie = await open(await newLink());
    const headers = { cookie, "sec-fetch-site": "same-origin" };
    expect((await appOf(api, { hosts: [] }).request(`${home}/v1/models`, { headers })).status).toBe(200);
    clock.advance(pageSessionS * 1_000);
    expect(await models(cookie)).toBe(401);
  });

  it("is stored as a digest alone", async () => {
    const value = (await open(await newLink())).split("=")[1]!;
    const found = [];
    for (const prefix of ["SESSION#", "OPEN#"]) {
      found.push(await api.items.get({ pk: `${prefix}${value}`, sk: "META" }));
    }
    expect(found).toEqual([undefined, undefined]);
  });

  it.each([
    [{ "sec-fetch-site": "cross-site" }],
    [{ "sec-fetch-site": "same-site" }],
    [{ "sec-fetch-site": "none" }],
    [{ origin: "http://127.0.0.1:3000" }],
    [{ origin: "https://evil.example" }],
    [{ origin: "null" }],
    [{ "sec-fetch-site": "cross-site", origin: home }],
  ])("is not taken from a request with %j", async (headers) => {
    expect(await models(await open(await newLink()), headers as Headers)).toBe(401);
  });

  it("is taken over plain http from another machine, where browsers send Origin alone", async () => {
    const lan = "http://192.168.1.5:8787";
    const cookie = await open(await newLink(lan));
    expect(await models(cookie, {}, lan)).toBe(200);
    const post = async (headers: Headers) =>
      (
        await api.app.request(`${lan}/v1/quotes`, {
          method: "POST",
          headers: { cookie, "content-type": "application/json", ...headers },
          body: '{"prompt":"a cup","size":"1024x1024"}',
        })
      ).status;
    expect(await post({ origin: lan })).toBe(200);
    expect(await post({}), "a form of another page").toBe(401);
    expect(await post({ origin: "http://192.168.1.5:3000" })).toBe(401);
  });

  it("does not stand in for a key that is wrong", async () => {
    const headers = { "sec-fetch-site": "same-origin", authorization: `Bearer ${"x".repeat(40)}` };
    expect(await models(await open(await newLink()), headers)).toBe(401);
  });

  it("is of one port", async () => {
    const cookie = await open(await newLink());
    expect(await models(cookie, { "sec-fetch-site": "same-origin" }, "http://127.0.0.1:9000")).toBe(401);
  });
});

describe("a name that leads here", () => {
  const browser = { accept: "text/html", "sec-fetch-site": "same-origin" };

  it.each(["rebound.example.com", "localhost.example.com", "127.0.0.1.nip.io"])("is refused: %s", async (host) => {
    const page = await api.app.request(`http://${host}:8787/`, { headers: browser });
    expect(page.status).toBe(403);
    expect(await page.text()).toContain(`PAGE_HOSTS=${host}`);
    const link = await newLink(`http://${host}:8787`);
    expect((await api.app.request(link)).status).toBe(403);
    expect((await api.app.request(link.replace(host, "localhost"))).status, "the link is not used up").toBe(303);
    const cookie = await open(await newLink());
    expect(await models(cookie, browser, `http://${host}:8787`)).toBe(401);
    const withKey = { authorization: `Bearer ${api.key}` };
    expect(await models("", withKey, `http://${host}:8787`), "a key is taken everywhere").toBe(200);
  });

  it.each([
    "localhost",
    "zimage.localhost",
    "127.0.0.1",
    "[::1]",
    "192.168.1.5",
    "studio.lan",
    "STUDIO.lan",
  ])("is this machine's own: %s", async (host) => {
    const origin = `http://${host}:8787`;
    expect((await api.app.request(`${origin}/`, { headers: browser })).status).toBe(200);
    expect(await models(await open(await newLink(origin)), browser, origin)).toBe(200);
  });

  it("is that of PUBLIC_URL, whose cookie travels encrypted", async () => {
    const published = appOf(api, { hosts: [], publicUrl: "https://images.example.com" });
    const link = await newLink("http://images.example.com");
    const response = await published.request(link);
    expect(response.headers.get("set-cookie")).toMatch(/; Secure; /);
    const cookie = response.headers.get("set-cookie")!.split(";")[0]!;
    const headers = { cookie, origin: "https://images.example.com" };
    const request = { method: "GET", headers };
    expect((await published.request("http://images.example.com/v1/models", request)).status).toBe(200);
  });
});
