import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

function bench(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "bench.ts"), ...args],
    { env: { PATH: process.env.PATH }, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

it("has help for every bench", () => {
  const { status, stdout } = bench("--help");
  expect(status).toBe(0);
  for (const name of ["api", "engine", "full-size", "gpu", "load", "stored", "mixed"]) expect(stdout).toContain(name);
});

it.each([
  [["speed"], "unknown bench speed"],
  [["--frob"], "Unknown option '--frob'"],
  [["tiny"], "tiny needs --model DIR"],
  [["tiny", "--model", "x", "--precision", "int2"], "--precision must be one of"],
  [["full-size", "--side", "250"], "--side must be a multiple of 16, got 250"],
  [["full-size", "--precision", "bf16"], "--precision must be int4 or w8a8, got bf16"],
  [["gpu", "--device", "tpu"], "--device must be cuda or cpu, got tpu"],
  [["load", "--rate", "0"], "--rate must be a whole number from 1 to 10000"],
  [["stored", "--jobs", "1"], "--jobs must be a whole number from 100"],
  [["mixed", "--seconds", "5"], "--seconds must be a whole number from 20"],
])("measures nothing for %j, and says what is wrong with exit code 2", (args, message) => {
  const { status, stdout, stderr } = bench(...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr.split("\n")[0]).toContain(message);
});
