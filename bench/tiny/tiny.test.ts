import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";
import type { Figure } from "../report.ts";
import { loadScoreSet } from "./score-set.ts";

const folder = mkdtempSync(join(tmpdir(), "bench-tiny-"));
afterAll(() => rmSync(folder, { recursive: true }));
const scoreSet = join(import.meta.dirname, "../../test/support/training/generated-score-set.ts");

function bench(...args: string[]) {
  const flags = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "../bench.ts")];
  return spawnSync(process.execPath, [...flags, ...args], { encoding: "utf8" });
}

it("scores a model through the engine, fails a random one, and writes the sheet", async () => {
  const sheet = join(folder, "sheet.png");
  const model = ["--model", goldenCheckpoint("tiny-turbo"), "--score-set", scoreSet];
  const { status, stdout, stderr } = bench("tiny", ...model, "--captions", "2", "--sheet", sheet, "--json");
  expect(stderr).toBe("tiny     7 of 7 images\n");
  expect(status).toBe(1);
  const figures = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Figure);
  const figureOf = (what: string) => figures.find((figure) => figure.what === what)?.value ?? Number.NaN;
  expect(figureOf("gate FAIL: PSNR, mean")).toBeLessThan(15);
  expect(figureOf("seconds per image")).toBeGreaterThan(0);
  expect(figureOf("worker RSS, highest")).toBeGreaterThan(50);
  const { width, height } = await sharp(readFileSync(sheet)).metadata();
  expect([width, height]).toEqual([12 * 130 + 2, 4 * 130 + 2]);
});

it("answers bad usage with 2", () => {
  const { status, stderr } = bench("tiny", "--model", "a", "--captions", "1");
  expect(status).toBe(2);
  expect(stderr).toContain('--captions must be a whole number from 2 to 10000, got "1"\n\nnpm run bench');
});

it("says what is wrong with a score set", async () => {
  await expect(loadScoreSet(join(folder, "absent.ts"))).rejects.toThrow("absent.ts cannot be loaded as a score set");
  const empty = join(folder, "empty.mjs");
  writeFileSync(empty, "export const scoreSet = { objects: [] };");
  await expect(loadScoreSet(empty)).rejects.toThrow("expected an export scoreSet with objects, backgrounds, reference");
});
