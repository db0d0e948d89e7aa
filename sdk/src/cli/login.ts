import { createInterface } from "node:readline";
import { text as readText } from "node:stream/consumers";
import { ZImageClient } from "../client.ts";
import { ApiError } from "../errors.ts";
import { type Command, type Input, UsageError } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { connection, removeSettings, settingsFile, writeSettings } from "./settings.ts";
import type { Terminal } from "./terminal.ts";

const login: Command = {
  name: "login",
  summary: "keep address and key in a file that only you can read",
  notes: `The key is asked for without being shown, or read from standard input: echo "$KEY" | zimage login --url https://api.example.com
It is tried before it is kept. Flags and environment (ZIMAGE_URL, ZIMAGE_API_KEY) go before the file.`,
  async run(_, { env, flags, stdin, terminal, json, signal }) {
    const key = flags.key ?? (env.ZIMAGE_API_KEY || undefined) ?? (await askForKey(stdin, terminal));
    const { baseUrl, apiKey } = connection({ url: flags.url, key }, env, undefined);
    try {
      await new ZImageClient({ baseUrl, apiKey, maxRetries: 1 }).models({ signal });
    } catch (error) {
      // 403: a key all the same, of those that may not look at models.
      if (!(error instanceof ApiError) || error.status !== 403) throw error;
    }
    const file = await writeSettings(env, { url: baseUrl, key: apiKey });
    if (json) terminal.json({ type: "login", url: baseUrl, file });
    else terminal.print(`${baseUrl} and its key are kept in ${file}`);
    return exitCodes.ok;
  },
};

const logout: Command = {
  name: "logout",
  summary: "forget address and key",
  async run(_, { env, terminal, json }) {
    const removed = await removeSettings(env);
    if (json) terminal.json({ type: "logout", removed });
    else terminal.print(removed ? `removed ${settingsFile(env)}` : "nothing was kept");
    return exitCodes.ok;
  },
};

export const loginCommands = [login, logout];

async function askForKey(stdin: Input, terminal: Terminal): Promise<string> {
  const key = (stdin.isTTY ? await askUnseen("API key, not shown:", stdin, terminal) : await readText(stdin)).trim();
  if (key === "") throw new UsageError("no API key was given; make one with: npm run keys -- create");
  return key;
}

/** readline echoes what is typed to its output, so it is given none. */
function askUnseen(question: string, stdin: Input, terminal: Terminal): Promise<string> {
  terminal.error(question);
  const lines = createInterface({ input: stdin, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once("line", (line) => {
      resolve(line);
      lines.close();
    });
    // Ctrl-C, Ctrl-D.
    lines.once("close", () => reject(new UsageError("no API key was given")));
  });
}
