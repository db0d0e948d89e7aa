import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { startText, styleFor } from "./start-text.ts";

const plain = styleFor({ isTTY: false }, {});
const facts = {
  url: "http://127.0.0.1:8787",
  key: "zk_live_abc",
  dataDir: "/d",
  model: "tiny-turbo",
  draws: "noise",
} as const;

describe("startText", () => {
  it("says what to expect of the images, and how to have others", () => {
    expect(startText(facts, plain)).toContain("coloured noise");
    expect(startText({ ...facts, draws: "small" }, plain)).toContain("zimage-tiny draws small images");
    expect(startText({ ...facts, draws: "anything" }, plain)).not.toContain("--model");
  });

  it("begins with the link to the page, where there is one", () => {
    const pageLink = "http://127.0.0.1:8787/open?once=abc";
    const [, title, page, api] = startText({ ...facts, pageLink }, plain).split("\n");
    expect([title, page, api]).toEqual([
      "Z-Image pipeline is ready",
      `  Page  ${pageLink}   (once, for ten minutes; again: npm run open)`,
      expect.stringMatching(/^ {2}API {3}http:/),
    ]);
    expect(startText(facts, plain)).not.toContain("Page");
  });

  it("prints a command that a shell reads with the key as it is", () => {
    const key = `a"b$HOME\`id\`\\c!d#e'f`;
    const text = startText({ ...facts, key }, plain);
    const command = text.slice(text.indexOf("curl "));
    const shell = `curl() { printf '%s\\n' "$@"; }; ${command}`;
    const args = execFileSync("sh", ["-c", shell], { encoding: "utf8" }).split("\n");
    expect(args).toContain(`Authorization: Bearer ${key}`);
    expect(args).toContain("http://127.0.0.1:8787/v1/jobs");
    expect(JSON.parse(args[args.indexOf("-d") + 1]!)).toEqual({ prompt: "a penguin" });
  });
});

describe("styleFor", () => {
  it.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: true }, { NO_COLOR: "" }, true],
    [{ isTTY: true }, { NO_COLOR: "1" }, false],
    [{ isTTY: false }, {}, false],
    [{}, {}, false],
  ])("%j %j", (stream, env, coloured) => {
    expect(styleFor(stream, env).bold("x")).toBe(coloured ? "\u001b[1mx\u001b[22m" : "x");
  });
});
