import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { StartProcess } from "../support/start-process.ts";

/** An `npm start` that other machines reach, and a browser for which every name in .test leads to it. */
let folder: string;
let pipeline: StartProcess;
let port: string;
let browser: Browser;
let otherSite: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "open-link-"));
  const env = { HOST: "0.0.0.0", PAGE_HOSTS: "studio.test" };
  pipeline = new StartProcess({ dataDir: join(folder, "data"), env });
  const ready = await pipeline.ready();
  ({ port } = new URL(ready.url));
  const executablePath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
    (path) => path !== undefined && existsSync(path),
  );
  const args = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP *.test 127.0.0.1"];
  browser = await chromium.launch({ executablePath, args });
  otherSite = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>another site</title>");
  });
  await once(otherSite.listen(0, "127.0.0.1"), "listening");
});

afterAll(async () => {
  await browser?.close();
  otherSite?.close().closeAllConnections();
  await pipeline?.end("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

/** A new link, as `npm run open` prints it. */
async function newLink(host: string): Promise<string> {
  const env = { PATH: process.env.PATH, DATA_DIR: join(folder, "data") };
  const args = ["--disable-warning=ExperimentalWarning", "local/open.ts"];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: join(import.meta.dirname, "../.."),
    env,
  });
  return stdout.trim().replace("127.0.0.1", host);
}

async function openWindow(): Promise<Page> {
  const page = await (await browser.newContext({ locale: "en-US" })).newPage();
  page.on("pageerror", (error) => {
    throw error;
  });
  return page;
}

// A name in plain http is no secure context, as an address in the house is none: a phone sees it so.
it.each([
  ["127.0.0.1", true],
  ["studio.test", false],
])("lets a browser in without a key by the link, and draws, at %s", async (host, isSecure) => {
  const page = await openWindow();
  await page.goto(await newLink(host));
  expect(page.url()).toBe(`http://${host}:${port}/`);
  expect(await page.evaluate(() => globalThis.isSecureContext)).toBe(isSecure);
  await page.getByRole("textbox", { name: "Prompt" }).fill("a penguin");
  await page.getByRole("button", { name: /^Draw/ }).click();
  const image = page.locator("article").first().getByRole("img", { name: "a penguin" });
  await expect.poll(() => image.first().evaluate((element) => (element as HTMLImageElement).naturalWidth)).toBe(128);
  await page.context().close();
});

it("gives a name that was made to lead here nothing", async () => {
  const page = await openWindow();
  const response = await page.goto(await newLink("rebound.test"));
  expect(response?.status()).toBe(403);
  expect(await page.textContent("h1")).toBe("This page is not served under the name rebound.test.");
  expect(await page.context().cookies()).toEqual([]);
  await page.context().close();
});

it("does nothing for another site on the same machine, whose requests carry the cookie", async () => {
  const page = await openWindow();
  await page.goto(await newLink("127.0.0.1"));
  await page.goto(`http://127.0.0.1:${(otherSite.address() as AddressInfo).port}/`);
  const outcome = await page.evaluate(async (target) => {
    const body = JSON.stringify({ prompt: "a penguin" });
    await fetch(`${target}/v1/jobs`, { method: "POST", mode: "no-cors", credentials: "include", body });
    return fetch(`${target}/v1/key`, { credentials: "include" }).then(
      () => "read",
      () => "refused",
    );
  }, `http://127.0.0.1:${port}`);
  expect(outcome).toBe("refused");
  // A page cannot read the responses, and the API's log says what they were.
  const refused = (method: string, path: string) => `"method":"${method}","path":"${path}","status":401`;
  await expect.poll(() => pipeline.stdout + pipeline.stderr).toContain(refused("POST", "/v1/jobs"));
  expect(pipeline.stdout + pipeline.stderr).toContain(refused("GET", "/v1/key"));
  await page.context().close();
});
