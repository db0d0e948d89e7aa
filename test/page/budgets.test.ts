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

/** Chunks that one brings along when it is loaded, itself first. */
function withImports(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const each of manifest[name]?.imports ?? []) withImports(each, seen);
  return seen;
}

const gzipBytes = (files: Iterable<string>) =>
  [...new Set(files)].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0);

const scripts = (names: Iterable<string>) => [...names].map((name) => manifest[name]!.file);

it("loads at most 75 kB of script for the first view, and 120 kB for all of them", () => {
  const entry = Object.keys(manifest).find((name) => manifest[name]!.isEntry)!;
  const first = new Set([...withImports(entry), ...withImports("src/views/create/create.tsx")]);
  expect(gzipBytes(scripts(first))).toBeLessThanOrEqual(75_000);
  expect(gzipBytes(scripts(Object.keys(manifest)).filter((file) => file.endsWith(".js")))).toBeLessThanOrEqual(120_000);
});

it("loads at most 14 kB of styles in all", () => {
  const styles = Object.values(manifest).flatMap(({ css = [] }) => css);
  expect(gzipBytes(styles)).toBeLessThanOrEqual(14_000);
});

it("has no script, style or font in the document itself", () => {
  const html = readFileSync(join(folder, "index.html"), "utf8");
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:|data:/);
});
