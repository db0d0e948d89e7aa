import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";

const folder = mkdtempSync(join(tmpdir(), "models-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

function models(...args: string[]) {
  const entry = fileURLToPath(new URL("./models.ts", import.meta.url));
  return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", entry, ...args], { encoding: "utf8" });
}

it("converts with progress and a last line that says what was saved, once", () => {
  const out = join(folder, "int8");
  const args = ["convert", "--model", goldenCheckpoint("tiny-turbo"), "--to", "int8-rows", "--out", out];
  const { status, stdout, stderr } = models(...args);
  expect([status, stdout]).toEqual([0, `${out}: 8.78 MB → 4.40 MB of weights (50.1 %)\n`]);
  expect(stderr.split("\n")).toContain("transformer  73 of 73 tensors");
  const again = models(...args);
  expect([again.status, again.stdout]).toEqual([1, ""]);
  expect(again.stderr).toBe(`${out} exists already; name another folder, or remove it first\n`);
});

it("converts to 4 bits, lists, verifies and removes what it made, and nothing else", () => {
  const dir = join(folder, "models");
  const name = ["--dir", dir];
  expect(
    models("convert", "--model", goldenCheckpoint("tiny-turbo"), "--to", "int4", "--out", join(dir, "tiny")).status,
  ).toBe(0);
  expect(models("list", ...name).stdout).toMatch(/^tiny +int4 +0\.0\d GB/);
  expect(models("info", "tiny", ...name).stdout).toContain("69 F32, 4 int4");
  expect(models("verify", "tiny", ...name).status).toBe(0);
  const config = join(dir, "tiny/vae/config.json");
  const { size } = statSync(config);
  truncateSync(config, 5);
  const damaged = models("verify", "tiny", ...name);
  expect([damaged.status, damaged.stdout.split("\n")[0]]).toEqual([1, `vae/config.json has 5 bytes, expected ${size}`]);
  expect(models("remove", "tiny", ...name).status).toBe(0);
  expect(readdirSync(dir)).toEqual([]);
  mkdirSync(join(dir, "own"));
  expect(models("remove", "own", ...name).stderr).toContain("pull or convert did not make it");
});

it("answers bad usage with 2 and a damaged model with 1", () => {
  const usage = models("shrink");
  expect([usage.status, usage.stderr]).toEqual([
    2,
    "expected a verb, pull, forms, convert, push, list, verify, remove, info, got shrink\nTry --help.\n",
  ]);
  const damaged = models("info", folder);
  expect(damaged.status).toBe(1);
  expect(damaged.stderr).toContain("is not a complete Z-Image checkpoint");
});
