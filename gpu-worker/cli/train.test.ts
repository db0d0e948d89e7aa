import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import smoke from "../../test/training/smoke-vae.json" with { type: "json" };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
function train(...args: string[]) {
  const command = ["--disable-warning=ExperimentalWarning", here("./train.ts"), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8" });
  return { status, stdout, stderr };
}

/** A configuration that trains nothing before the first step. */
function config(changes: object = {}): string {
  const path = join(temporaryFolder(), "config.json");
  const data = { module: here("../../test/training/shapes-data.ts") };
  writeFileSync(path, JSON.stringify({ ...smoke, data, output: "output", ...changes }));
  return path;
}

// Whole trainings, stopped and resumed, are in test/training/train.test.ts.
it("exits with 1 without a configuration, and says what it takes", () => {
  const { status, stderr } = train();
  expect(status).toBe(1);
  expect(stderr).toContain("train: expected one configuration file\n\nTrain a model: npm run train");
});

it("names the field that is wrong", () => {
  const { status, stderr } = train(config({ steps: 0 }));
  expect(status).toBe(1);
  expect(stderr).toMatch(/^train: .*config\.json: steps: /);
});

it("exports nothing before there is a checkpoint", () => {
  const { status, stdout, stderr } = train(config(), "--export");
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(/^train: .*output\/checkpoint\.safetensors: there is no checkpoint yet\n$/);
});
