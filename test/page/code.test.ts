import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { closeBrowser, type OpenedPage, openPage } from "./browser/open-page.ts";

const root = join(import.meta.dirname, "../..");
// Below the repository's packages, so that programs find them by name.
const folder = join(root, "node_modules/.page-code");
const run = promisify(execFile);

/** Quotes of both kinds, a line's end, what shells and Python replace, and what would end a string early. */
const prompt = `a penguin's "$HOME" \`id\`\n\\n %s {x} 企鹅`;

let opened: OpenedPage;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "node_modules/@fal-ai/client"), { recursive: true });
  mkdirSync(join(folder, "python"));
  opened = await openPage();
  const { page } = opened;
  await page.getByRole("textbox", { name: "Prompt" }).fill(prompt);
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("button", { name: "4:3" }).click();
  await page.getByLabel("Seed", { exact: true }).fill("77");
  await page.getByLabel("Steps").fill("3");
  await page.getByText("WebP", { exact: true }).click();
  await page.getByRole("button", { name: "1 image" }).click();
  await page.getByRole("menuitem", { name: "2 images" }).click();
  await page.getByRole("tab", { name: "Code" }).click();
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await closeBrowser();
});

async function shownCode(language: string): Promise<string> {
  const { page } = opened;
  await page.getByRole("tabpanel").getByRole("button", { name: language, exact: true }).click();
  return (await page.getByRole("tabpanel").locator("pre").textContent())!;
}

const env = () => ({ ...process.env, ZIMAGE_KEY: inject("apiKey"), HOME: "/nowhere" });

async function runScript(code: string): Promise<string> {
  const path = join(folder, "program.mjs");
  writeFileSync(path, code);
  const { stdout } = await run(process.execPath, ["--disable-warning=ExperimentalWarning", path], { env: env() });
  return stdout;
}

const asked = {
  prompt,
  n: 2,
  seed: 77,
  steps: 3,
  width: 144,
  height: 112,
  output: expect.objectContaining({ format: "webp" }),
};

async function newestJob() {
  const response = await fetch(`${inject("pageUrl")}/v1/jobs?limit=1`, {
    headers: { authorization: `Bearer ${inject("apiKey")}` },
  });
  const { data } = (await response.json()) as { data: { id: string; params: Record<string, unknown> }[] };
  return data[0]!;
}

it("runs as curl", async () => {
  const code = await shownCode("curl");
  expect(code).not.toContain(inject("apiKey"));
  const { stdout } = await run("bash", ["-c", code], { env: env() });
  const job = JSON.parse(stdout) as { status: string; images: unknown[]; params: unknown };
  expect(job).toMatchObject({ status: "succeeded", params: asked });
  expect(job.images).toHaveLength(2);
});

it.each([["openai · JS"], ["replicate"]])("runs as %s", async (language) => {
  const before = await newestJob();
  const printed = await runScript(await shownCode(language));
  expect(printed.match(/https?:\/\/[^\s,'"]+/g)).toHaveLength(2);
  const job = await newestJob();
  expect(job.id).not.toBe(before.id);
  expect(job.params).toMatchObject(asked);
});

it("runs with our own client", async () => {
  const code = await shownCode("zimage");
  const client = join(root, "sdk/src/index.ts");
  const printed = await runScript(code.replace('from "zimage"', () => `from ${JSON.stringify(client)}`));
  expect(printed.match(/https?:\/\/[^\s,'"]+/g)).toHaveLength(2);
  expect((await newestJob()).params).toMatchObject(asked);
});

it("says with fal's client what the service draws", async () => {
  // fal's package is among those of other clients (npm run test:clients); here stands what it sends.
  writeFileSync(
    join(folder, "node_modules/@fal-ai/client/package.json"),
    JSON.stringify({ name: "@fal-ai/client", type: "module", exports: "./index.js" }),
  );
  writeFileSync(
    join(folder, "node_modules/@fal-ai/client/index.js"),
    `export const createFalClient = ({ credentials, proxyUrl }) => ({
      async subscribe(id, { input }) {
        const response = await fetch(proxyUrl.url.replace("/proxy", "/run/") + id, {
          method: "POST",
          headers: { authorization: "Key " + credentials, "content-type": "application/json" },
          body: JSON.stringify(input),
        });
        if (!response.ok) throw new Error(await response.text());
        return { data: await response.json() };
      },
    });`,
  );
  const printed = await runScript(await shownCode("fal"));
  expect(printed.match(/https?:\/\/[^\s,'"]+/g)).toHaveLength(2);
  expect((await newestJob()).params).toMatchObject(asked);
});

it("gives OpenAI's Python client the same request", async () => {
  // What the client would send, without its package: named arguments and extra_body make one body.
  writeFileSync(
    join(folder, "python/openai.py"),
    [
      "import json",
      "class Images:",
      "    def generate(self, extra_body={}, **own):",
      "        print(json.dumps({**own, **extra_body}))",
      "        return type('Response', (), {'data': []})",
      "class OpenAI:",
      "    def __init__(self, base_url, api_key):",
      "        self.images = Images()",
    ].join("\n"),
  );
  const path = join(folder, "program.py");
  writeFileSync(path, await shownCode("openai · Python"));
  const { stdout } = await run("python3", [path], { env: { ...env(), PYTHONPATH: join(folder, "python") } });
  const body = stdout.split("\n")[0]!;
  const response = await fetch(`${inject("pageUrl")}/v1/images/generations`, {
    method: "POST",
    headers: { authorization: `Bearer ${inject("apiKey")}`, "content-type": "application/json" },
    body,
  });
  expect(await response.json()).toMatchObject({ data: [{}, {}] });
  expect((await newestJob()).params).toMatchObject(asked);
});
