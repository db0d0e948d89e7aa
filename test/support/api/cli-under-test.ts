import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach } from "vitest";
import { run } from "../../../sdk/src/cli/commands/run.ts";
import { type ApiServer, openApiServer } from "./api-server.ts";

interface Given {
  readonly env?: { readonly [name: string]: string };
  readonly stdin?: string;
  readonly signal?: AbortSignal;
  readonly isTTY?: boolean;
}

/** The API of the test that runs, and a folder for its command lines to write to; see `serveCli`. */
export let api: ApiServer;
export let folder: string;

/** Opens `api` and `folder` before each test of the file, and removes them behind it. */
export function serveCli(): void {
  beforeEach(async () => {
    api = await openApiServer();
    folder = mkdtempSync(join(tmpdir(), "zimage-"));
  });
  afterEach(async () => {
    await api.close();
    rmSync(folder, { recursive: true });
  });
}

/** Output and exit code of a run. Its progress, written to the same line again and again, is in `stderr`. */
export function zimage(args: readonly string[], { env, stdin = "", signal, isTTY = false }: Given = {}) {
  const printed = { stdout: "", stderr: "" };
  const output = (name: keyof typeof printed) => ({
    isTTY,
    columns: 100,
    write: (text: string) => (printed[name] += text),
  });
  const code = run(args, {
    stdin: Readable.from([stdin]),
    stdout: output("stdout"),
    stderr: output("stderr"),
    version: "1.2.3",
    env: env ?? { ZIMAGE_URL: api.url, ZIMAGE_API_KEY: api.key, ZIMAGE_CONFIG: join(folder, "none.json") },
    signal: signal ?? new AbortController().signal,
  });
  const done = async () => ({ code: await code, ...printed });
  return Object.assign(done(), { printed });
}

/** Arguments of a small image that is drawn fast. */
export const small = ["a", "red", "cup", "--size", "128x64", "--steps", "2", "--seed", "5"];
export const lines = (stdout: string) => stdout.trim().split("\n");
export const documents = (stdout: string) => lines(stdout).map((line) => JSON.parse(line));
