import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiServer, openApiServer } from "../../../../test/support/api/api-server.ts";

/** `zimage login` where it asks people: on a terminal, which util-linux's `script` makes. */

const hasTerminals = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") ?? false;
if (!hasTerminals) process.stderr.write("Left out, zimage login on a terminal: it needs util-linux's script.\n");

let api: ApiServer;
let folder: string;
let settings: string;
beforeEach(async () => {
  api = await openApiServer();
  folder = mkdtempSync(join(tmpdir(), "login-"));
  settings = join(folder, "config.json");
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

/**
 * @param typed - sent as soon as the question is there, faster than a person types
 * @returns what the terminal showed, and the exit code
 */
function login(typed: string): Promise<{ readonly shown: string; readonly code: number | null }> {
  const main = join(import.meta.dirname, "../main.ts");
  const command = `'${process.execPath}' --disable-warning=ExperimentalWarning '${main}' login --url ${api.url}`;
  const env = { PATH: process.env.PATH, TERM: "xterm", NO_COLOR: "1", ZIMAGE_CONFIG: settings };
  const child = spawn("script", ["-qec", command, "/dev/null"], { env });
  let shown = "";
  let isAsked = false;
  child.stdout.on("data", (chunk) => {
    shown += chunk;
    if (isAsked || !shown.includes("API key, not shown:")) return;
    isAsked = true;
    child.stdin.write(typed);
  });
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ shown, code }));
  });
}

describe.runIf(hasTerminals)("login on a terminal", () => {
  it("asks for the key without showing it, and keeps it", async () => {
    const { shown, code } = await login(`${api.key}x\u007f\r`);
    expect([code, shown]).toEqual([0, expect.stringContaining(`its key are kept in ${settings}`)]);
    expect(shown).not.toContain(api.key.slice(0, 12));
    expect(JSON.parse(readFileSync(settings, "utf8"))).toEqual({ url: api.url, key: api.key });
  });

  it.each([
    ["Ctrl-C", "\u0003", 130, /not shown:\s*$/],
    ["Ctrl-D", "\u0004", 2, /no API key was given/],
    ["an empty line", "\r", 2, /no API key was given/],
  ])("keeps nothing after %s", async (_, typed, wanted, message) => {
    const { shown, code } = await login(typed);
    expect([code, shown]).toEqual([wanted, expect.stringMatching(message)]);
    expect(existsSync(settings)).toBe(false);
  });
});
