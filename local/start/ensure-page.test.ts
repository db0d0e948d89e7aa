import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { PipelineError } from "../../shared/errors.ts";
import { ensurePage } from "./ensure-page.ts";

const vite = join(import.meta.dirname, "../../node_modules/vite/bin/vite.js");

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "page-"));
  mkdirSync(join(root, "page"));
  mkdirSync(join(root, "sdk/src"), { recursive: true });
  write("page/index.html", '<!doctype html><title>first</title><script type="module" src="./main.ts"></script>');
  write("page/main.ts", 'import { word } from "../sdk/src/word.ts"; document.title = word;');
  write("sdk/src/word.ts", 'export const word: string = "from the SDK";');
  write("package-lock.json", "{}");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string) {
  writeFileSync(join(root, path), text);
}
const read = (path: string) => readFileSync(join(root, "page/dist", path), "utf8");
const ensure = () => ensurePage({ root, vite });

it("builds a page that is missing or older than what it is made of, and no other", async () => {
  expect(await ensure()).toBe("built");
  expect(read("index.html")).toContain("first");
  expect(await ensure()).toBe("current");
  for (const [path, text] of [
    ["page/index.html", '<!doctype html><title>second</title><script type="module" src="./main.ts"></script>'],
    ["sdk/src/word.ts", 'export const word: string = "another";'],
    ["package-lock.json", '{ "name": "x" }'],
    ["page/added.css", ""],
  ] as const) {
    write(path, text);
    expect([await ensure(), await ensure()], path).toEqual(["built", "current"]);
  }
  expect(read("index.html")).toContain("second");
  rmSync(join(root, "page/dist"), { recursive: true });
  expect(await ensure()).toBe("built");
});

it("may be done by several at once", async () => {
  expect(await Promise.all([ensure(), ensure()])).toContain("built");
  expect(await ensure()).toBe("current");
});

it("leaves every text in its smallest forms too", async () => {
  await ensure();
  const script = readdirSync(join(root, "page/dist/assets")).find((name) => name.endsWith(".js"))!;
  const path = join(root, "page/dist/assets", script);
  const text = readFileSync(path, "utf8");
  expect(text).toContain("from the SDK");
  expect(brotliDecompressSync(readFileSync(`${path}.br`)).toString()).toBe(text);
  expect(gunzipSync(readFileSync(`${path}.gz`)).toString()).toBe(text);
});

it("says what a build that failed said, and keeps what was there", async () => {
  await ensure();
  write("page/main.ts", 'import "./nowhere.ts";');
  const error = await ensure().catch((caught: PipelineError) => caught);
  expect(error).toMatchObject({ code: "page_not_built" });
  const { message } = error as PipelineError;
  expect(message).toMatch(/^the page could not be built \(exit code 1\): .*nowhere\.ts/s);
  expect(message).not.toContain("\u001b");
  expect(read("index.html")).toContain("first");
  expect(readdirSync(join(root, "page")).filter((name) => name.startsWith("dist"))).toEqual(["dist"]);
});

it("ends a build that hangs", async () => {
  write("hang.js", "setInterval(() => {}, 1_000);");
  await expect(ensurePage({ root, vite: join(root, "hang.js"), timeoutMs: 300 })).rejects.toThrow("SIGTERM");
  expect(existsSync(join(root, "page/dist"))).toBe(false);
});
