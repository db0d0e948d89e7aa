import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import type { Command } from "../command.ts";
import { completion, completionScript } from "./completion.ts";

const run = async () => 0;
const commands: Command[] = [
  {
    name: "gen",
    summary: "it's drawn",
    options: { sampler: { type: "string", choices: ["euler", "heun"], help: "h" } },
    run,
  },
  { name: "jobs list", summary: "list", options: { out: { type: "string", short: "o", path: true, help: "h" } }, run },
  { name: "jobs cancel", summary: "cancel", run },
];

/** What bash would offer after these words. */
function offered(...words: string[]): string[] {
  const script = `${completionScript("bash", commands)}
COMP_WORDS=(${["zimage", ...words].map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length}; _zimage; echo "\${COMPREPLY[*]}"`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split(/\s+/);
}

it.each([
  [[""], ["gen", "jobs"]],
  [
    ["jobs", ""],
    ["list", "cancel"],
  ],
  [["jobs", "c"], ["cancel"]],
  [["gen", "--"], ["--sampler"]],
  [
    ["gen", "--sampler", ""],
    ["euler", "heun"],
  ],
  [
    ["jobs", "list", "-"],
    ["--out", "-o"],
  ],
])("offers in bash after %j: %j", (words, expected) => expect(offered(...words)).toEqual(expected));

it("quotes for fish, and loads bash's layer for zsh", () => {
  expect(completionScript("fish", commands)).toContain("-a gen -d 'it\\'s drawn'");
  expect(completionScript("zsh", commands)).toMatch(/^autoload -Uz bashcompinit && bashcompinit\n/);
});

it("names the shells that there are", async () => {
  const input = { values: {}, positionals: ["csh"] };
  await expect(completion.run(input, {} as never)).rejects.toThrow("completions are made for bash, zsh, fish, got csh");
});
