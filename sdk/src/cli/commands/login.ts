import { createInterface } from "node:readline";
import { text as readText } from "node:stream/consumers";
import { ZImageClient } from "../../client.ts";
import { ApiError } from "../../errors.ts";
import { type Command, type Context, type Input, Interrupted, UsageError } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { connection, removeSettings, settingsFile, writeSettings } from "../settings.ts";
import type { Terminal } from "../terminal.ts";

const login: Command = {
  name: "login",
  summary: "store URL and key in a file that only you can read",
  notes: `The key is prompted for without echo, or read from standard input: echo "$KEY" | zimage login --url https://api.example.com
It is tried before it is kept. Flags and environment (ZIMAGE_URL, ZIMAGE_API_KEY) go before the file.`,
  async run(_, { env, flags, stdin, terminal, json, signal }) {
    const key = flags.key ?? (env.ZIMAGE_API_KEY || undefined) ?? (await askForKey(stdin, terminal, signal));
    const { baseUrl, apiKey } = connection({ url: flags.url, key }, env, undefined);
    try {
      await new ZImageClient({ baseUrl, apiKey, maxRetries: 1 }).models({ signal });
    } catch (error) {
      // 403: the key is valid, but lacks the scope to read models.
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
  summary: "delete the stored URL and key",
  async run(_, { env, terminal, json }) {
    const removed = await removeSettings(env);
    if (json) terminal.json({ type: "logout", removed });
    else terminal.print(removed ? `removed ${settingsFile(env)}` : "nothing was kept");
    return exitCodes.ok;
  },
};

export const loginCommands = [login, logout];

async function askForKey(stdin: Input, terminal: Terminal, signal: AbortSignal): Promise<string> {
  const given = stdin.isTTY
    ? await askUnseen("API key, not shown:", { stdin, terminal, signal })
    : await readText(stdin);
  const key = given.trim();
  if (key === "") throw new UsageError("no API key was given; make one with: npm run keys -- create");
  return key;
}

/** readline echoes what is typed to its output, so it is given none. */
function askUnseen(
  question: string,
  { stdin, terminal, signal }: Pick<Context, "stdin" | "terminal" | "signal">,
): Promise<string> {
  const lines = createInterface({ input: stdin, terminal: true });
  // Only now: until readline controls the terminal, the terminal itself echoes typed or pasted text.
  terminal.error(question);
  return new Promise<string>((resolve, reject) => {
    lines.once("line", resolve);
    // Ctrl-C, which is no signal to the process while readline has the terminal; or a signal from elsewhere.
    lines.once("SIGINT", () => reject(new Interrupted()));
    signal.addEventListener("abort", () => reject(new Interrupted()), { once: true });
    // Ctrl-D.
    lines.once("close", () => reject(new UsageError("no API key was given")));
  }).finally(() => lines.close());
}
