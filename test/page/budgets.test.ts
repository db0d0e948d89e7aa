import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";

const folder = join(import.meta.dirname, "../../page/dist");

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
  readonly isEntry?: boolean;
}

const manifest = JSON.parse(readFileSync(join(folder, ".vite/manifest.json"), "utf8")) as { [name: string]: Chunk };

/**
 * Chunks that one brings along when it is loaded, itself first.
 * @param later - also what it may load afterwards
 */
function withImports(name: string, later = false, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const { imports = [], dynamicImports = [] } = manifest[name]!;
  for (const each of later ? [...imports, ...dynamicImports] : imports) withImports(each, later, seen);
  return seen;
}

const gzipBytes = (files: Iterable<string>) =>
  [...new Set(files)].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0);

const scriptBytes = (names: Iterable<string>) =>
  gzipBytes([...names].map((name) => manifest[name]!.file).filter((file) => file.endsWith(".js")));

const entry = Object.keys(manifest).find((name) => manifest[name]!.isEntry)!;
const views = Object.keys(manifest).filter((name) => /^src\/views\/(\w+)\/\1\.tsx$/.test(name));

it("loads at most 75 kB of script for the first view", () => {
  const first = new Set([...withImports(entry), ...withImports("src/views/create/create.tsx")]);
  expect(scriptBytes(first)).toBeLessThanOrEqual(75_000);
});

it("finds all views", () => expect(views).toHaveLength(6));

it.each(views)("loads at most 120 kB of script for %s, with all that it may load later", (view) => {
  // The shell, which every view imports, may load all the others: not a part of this one.
  expect(scriptBytes(withImports(view, true, withImports(entry)))).toBeLessThanOrEqual(120_000);
});

it.each(views)("loads at most 14 kB of styles for %s, with all that it may load later", (view) => {
  const names = [...withImports(entry), ...withImports(view, true, withImports(entry))];
  expect(gzipBytes(names.flatMap((name) => manifest[name]!.css ?? []))).toBeLessThanOrEqual(14_000);
});

it("has no script, style or font in the document itself", () => {
  const html = readFileSync(join(folder, "index.html"), "utf8");
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:|data:/);
});
