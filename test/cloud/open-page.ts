import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

const built = resolve(import.meta.dirname, "../../page/dist");

/** Opens the page as a browser does, through the function that was deployed: its files arrive as they were built. */
export async function openPage(url: string): Promise<void> {
  const page = await fetch(`${url}/`, { headers: { accept: "text/html" } });
  assert.equal(page.status, 200);
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.match(policy, /connect-src 'self' https?:\/\/[^ ;]+;/, "the policy names the bucket that links lead to");
  const html = await page.text();
  assert.equal(html, await readFile(join(built, "index.html"), "utf8"));
  const [, script = ""] = /src="\/(assets\/[^"]+\.js)"/.exec(html) ?? [];
  const loaded = await fetch(`${url}/${script}`, { headers: { "accept-encoding": "br" } });
  assert.deepEqual([loaded.status, loaded.headers.get("content-encoding")], [200, "br"]);
  assert.match(loaded.headers.get("cache-control") ?? "", /immutable/);
  assert.equal(await loaded.text(), await readFile(join(built, script), "utf8"));
}

/** A stream of all jobs, where there is none, ends itself: it would hold an invocation. */
export async function endIdleStream(url: string, authorization: string): Promise<void> {
  const events = await fetch(`${url}/v1/events`, { headers: { authorization } });
  assert.match(await events.text(), /event: open\n[\s\S]*retry: 10000\n\n$/);
}
