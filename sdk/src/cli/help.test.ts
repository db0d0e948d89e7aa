import { expect, it } from "vitest";
import type { Command } from "./command.ts";
import { commandHelp, overview, positionalText } from "./help.ts";

const command: Command = {
  name: "jobs list",
  summary: "list jobs",
  positionals: [
    { name: "JOB", required: true },
    { name: "MORE", rest: true },
  ],
  options: {
    status: {
      type: "string",
      short: "s",
      value: "NAME",
      choices: ["queued", "failed"],
      help: `Filter. ${"word ".repeat(40).trim()}`,
    },
  },
  notes: "One more thing.",
  run: async () => 0,
};

it("shows how a command is used, with its options before those of all", () => {
  const help = commandHelp(command);
  expect(help.split("\n").slice(0, 3)).toEqual(["zimage jobs list JOB [MORE...] [options]", "", "List jobs."]);
  expect(help).toMatch(/-s, --status NAME .*[\s\S]*\(queued, failed\)[\s\S]*--json[\s\S]*\nOne more thing\.\n$/);
  expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(110);
});

it("lists the commands", () => {
  expect(overview([command])).toContain("  jobs list  list jobs\n");
});

it.each([
  [{ name: "A", required: true }, "A"],
  [{ name: "A" }, "[A]"],
  [{ name: "A", rest: true, required: true }, "A..."],
])("spells %j as %s", (positional, text) => expect(positionalText(positional)).toBe(text));
