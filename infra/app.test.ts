import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

it("refuses a setting that there is not in one line, with exit code 2", () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "app.ts")],
    { env: { PATH: process.env.PATH, CDK_CONTEXT_JSON: JSON.stringify({ maxWorker: 3 }) }, encoding: "utf8" },
  );
  expect(status).toBe(2);
  expect(stderr).toMatch(/^context maxWorker is no setting.*\n$/);
});
