import { expect, it } from "vitest";
import { printable, Terminal } from "./terminal.ts";

function open({ isTTY = true, quiet = false, env = {} as { [name: string]: string } } = {}) {
  const printed = { stdout: "", stderr: "" };
  const output = (name: keyof typeof printed) => ({
    isTTY,
    columns: 20,
    write: (text: string) => (printed[name] += text),
  });
  return { printed, terminal: new Terminal({ stdout: output("stdout"), stderr: output("stderr"), env }, { quiet }) };
}

it("colours for a terminal alone, and only where that is wanted", () => {
  const coloured = (given: Parameters<typeof open>[0]) => open(given).terminal.colour("red", "x") !== "x";
  expect([
    coloured({}),
    coloured({ isTTY: false }),
    coloured({ env: { NO_COLOR: "1" } }),
    coloured({ env: { TERM: "dumb" } }),
  ]).toEqual([...[true, false, false, false]]);
});

it("keeps results on standard output and everything else off it", () => {
  const { printed, terminal } = open({ isTTY: false });
  terminal.print("result");
  terminal.note("hint");
  terminal.error("wrong");
  terminal.progress(0.5, "drawing");
  expect(printed).toEqual({ stdout: "result\n", stderr: "hint\nwrong\n" });
});

it("prints neither hints nor progress when quiet, but errors", () => {
  const { printed, terminal } = open({ quiet: true });
  terminal.note("hint");
  terminal.progress(0.5, "drawing");
  terminal.error("wrong");
  expect(printed.stderr).toBe("wrong\n");
});

it("draws a bar no wider than the terminal and wipes it before the next line", () => {
  const { printed, terminal } = open();
  terminal.progress(2, "drawing a very long label");
  expect(printed.stderr).toBe(`\r\u001b[K${`[${"#".repeat(24)}] drawing`.slice(0, 19)}`);
  terminal.note("done");
  expect(printed.stderr.endsWith("\r\u001b[Kdone\n")).toBe(true);
});

it("aligns columns and cuts the last to the terminal", () => {
  const { printed, terminal } = open();
  terminal.table([
    ["id", "text"],
    ["longer", "x".repeat(50)],
    ["a", "b\u001b[31m"],
  ]);
  expect(printed.stdout.split("\n")).toEqual(["id      text", `longer  ${"x".repeat(12)}`, "a       b\\u001b[31m", ""]);
});

it("lets no text from elsewhere move the cursor", () => {
  expect(printable("a\u001b]0;t\u0007\n\u202eb\u2028")).toBe("a\\u001b]0;t\\u0007\\u000a\\u202eb\\u2028");
  expect(printable("héllo 世界 😀")).toBe("héllo 世界 😀");
});
