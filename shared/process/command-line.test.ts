import { parseArgs } from "node:util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { InvalidInputError } from "../errors.ts";
import { commandLine, runCommand, UsageError } from "./command-line.ts";

let written: string;
beforeEach(() => {
  written = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

it("names the option and where the help is", () => {
  const { parse, badUsage } = commandLine("keys");
  const unknown = () => parse(() => parseArgs({ args: ["--colour"], options: {} }));
  expect(unknown).toThrow(UsageError);
  expect(unknown).toThrow(/^Unknown option '--colour'[^\n]*; see: npm run keys -- --help$/);
  expect(badUsage("--n must be 1").message).toBe("--n must be 1; see: npm run keys -- --help");
});

it.each([
  [3, 3],
  [undefined, undefined],
])("exits with what main returns: %s", async (returned, status) => {
  await runCommand(async () => returned);
  expect([process.exitCode, written]).toEqual([status, ""]);
});

it("says in one line what is wrong with the input, and exits with 2", async () => {
  await runCommand(() => Promise.reject(new InvalidInputError("bad_option", "--n must be 1")));
  expect([process.exitCode, written]).toEqual([2, "--n must be 1\n"]);
});

it("leaves a bug to Node, with its stack", async () => {
  await expect(runCommand(() => Promise.reject(new TypeError("x")))).rejects.toThrow(TypeError);
});
