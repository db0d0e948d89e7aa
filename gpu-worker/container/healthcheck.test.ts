import { spawnSync } from "node:child_process";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { environment } from "../../shared/environment.ts";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";

const entry = fileURLToPath(new URL("./healthcheck.ts", import.meta.url));
function check(healthFile: string | undefined) {
  const env = { PATH: process.env.PATH, ...(healthFile && { [environment.healthFile]: healthFile }) };
  const { status, stderr } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", entry], {
    env,
    encoding: "utf8",
  });
  return [status, stderr];
}
function touched(agoMs: number): string {
  const file = join(temporaryFolder(), "alive");
  writeFileSync(file, "1");
  const at = new Date(Date.now() - agoMs);
  utimesSync(file, at, at);
  return file;
}

it("passes while the worker touches its file, and fails once it has been silent for a minute", () => {
  expect(check(touched(30_000))).toEqual([0, ""]);
  expect(check(touched(3_600_000))).toEqual([
    1,
    expect.stringMatching(/^the worker has been silent for 36\d{5} ms\n$/),
  ]);
});

it("fails before the worker is up, and without a file to look at", () => {
  expect(check("/absent/alive")).toEqual([1, "the worker is not up yet\n"]);
  expect(check(undefined)).toEqual([1, "the worker is not up yet\n"]);
});
