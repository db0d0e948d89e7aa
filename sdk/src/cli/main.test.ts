import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const command = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "main.ts")];

it("has the version of the package", () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  const { status, stdout } = spawnSync(process.execPath, [...command, "--version"], { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 0, stdout: `${version}\n` });
});

it("ends with the exit code of the command", () => {
  const { status, stderr } = spawnSync(process.execPath, [...command, "draw"], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('there is no command "draw"') });
});

it("ends quietly when the reader of its output has had enough", async () => {
  const child = spawn(process.execPath, [...command, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (text) => (stderr += text));
  expect(await once(child, "close")).toEqual([0, null]);
  expect(stderr).toBe("");
});
