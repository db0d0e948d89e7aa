import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { run } from "../../../sdk/src/cli/commands/run.ts";
import { openApiServer } from "./api-server.ts";

interface Given {
  readonly env?: { readonly [name: string]: string };
  readonly stdin?: string;
  readonly signal?: AbortSignal;
  readonly isTTY?: boolean;
}

export type CliUnderTest = Awaited<ReturnType<typeof openCli>>;

/** The command line with a server to talk to and a folder to write to. */
export async function openCli() {
  const api = await openApiServer();
  const folder = mkdtempSync(join(tmpdir(), "zimage-"));

  /** Output and exit code of a run. Its progress, written to the same line again and again, is in `stderr`. */
  function zimage(args: readonly string[], { env, stdin = "", signal, isTTY = false }: Given = {}) {
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

  const close = async () => {
    await api.close();
    rmSync(folder, { recursive: true });
  };
  return { api, folder, zimage, close };
}

/** Arguments of a small image that is drawn fast. */
export const small = ["a", "red", "cup", "--size", "128x64", "--steps", "2", "--seed", "5"];
export const lines = (stdout: string) => stdout.trim().split("\n");
export const documents = (stdout: string) => lines(stdout).map((line) => JSON.parse(line));
