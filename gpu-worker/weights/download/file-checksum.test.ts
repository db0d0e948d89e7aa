import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { fileChecksum } from "./file-checksum.ts";

const folder = mkdtempSync(join(tmpdir(), "checksum-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "hello");
writeFileSync(path, "hello\n");

it.each([
  ["sha256", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"], // sha256sum
  ["git-sha1", "ce013625030ba8dba906f756967f9e9ca394464a"], // git hash-object
] as const)("computes %s, and tells how far it is", async (kind, hex) => {
  const seen: number[] = [];
  expect(await fileChecksum(path, kind, (bytes) => seen.push(bytes))).toBe(hex);
  expect(seen).toEqual([6]);
});
