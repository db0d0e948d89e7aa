import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadScoreSet } from "./score-set.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "score-set-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(code: string) {
  const file = join(folder, "set.mjs");
  writeFileSync(file, code);
  return loadScoreSet(file);
}

const methods = "reference() {}, caption() {}, heldOutCaption() {}";

it("loads the set that a module exports", async () => {
  const set = await load(`export const scoreSet = { objects: [{ id: "cup" }], backgrounds: [{}], ${methods} };`);
  expect(set.objects).toEqual([{ id: "cup" }]);
});

it.each([
  ["one that exports another thing", "export const other = 1;", /expected an export scoreSet/],
  ["a set without objects", `export const scoreSet = { objects: [], backgrounds: [{}], ${methods} };`, /expected/],
  ["a set without captions", "export const scoreSet = { objects: [{}], backgrounds: [{}] };", /expected/],
  ["one with a mistake", "export const = 1;", /cannot be loaded as a score set/],
])("refuses %s", async (_, code, message) => {
  await expect(load(code)).rejects.toThrow(message);
});
