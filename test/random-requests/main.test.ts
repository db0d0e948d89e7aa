import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

function run(...args: string[]) {
  const flags = ["--disable-warning=ExperimentalWarning", "test/random-requests/main.ts"];
  return spawnSync(process.execPath, [...flags, ...args], { encoding: "utf8" });
}

it("tells its options", () => {
  const { status, stdout } = run("--help");
  expect([status, stdout]).toEqual([0, expect.stringContaining("--from N")]);
});

it.each([
  [["--count", "x"], '--count must be a whole number from 1 to 10000000, got "x"'],
  [["--seed", "-1"], "--seed"],
  [["--wat"], "Unknown option '--wat'"],
])("refuses %j in one line", (args, message) => {
  const { status, stderr } = run(...args);
  expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  expect(stderr.trim().split("\n")).toHaveLength(1);
});
