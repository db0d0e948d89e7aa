import { type ParseArgsConfig, parseArgs } from "node:util";
import { ZImageClient } from "../../client.ts";
import { ZImageError } from "../../errors.ts";
import { type Command, type CommandInput, type Context, type Input, Interrupted, UsageError } from "../command.ts";
import { describeError, errorJson } from "../describe-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { commandHelp, globalOptions, overview, positionalText } from "../help.ts";
import { flag, text } from "../option-values.ts";
import { connection, isExposed, readSettings, settingsFile } from "../settings.ts";
import { type Output, Terminal } from "../terminal.ts";
import { accountCommands } from "./account-commands.ts";
import { completion } from "./completion.ts";
import { gen } from "./gen.ts";
import { imagesCommands } from "./images-commands.ts";
import { jobsCommands } from "./jobs-commands.ts";
import { keysCommands } from "./keys-commands.ts";
import { loginCommands } from "./login.ts";
import { pull } from "./pull.ts";
import { runResultsCommands } from "./run-results-commands.ts";
import { runsCommands } from "./runs-commands.ts";
import { verify } from "./verify.ts";
import { webhooksCommands } from "./webhooks-commands.ts";

const plainCommands = [
  gen,
  pull,
  verify,
  ...jobsCommands,
  ...imagesCommands,
  ...runsCommands,
  ...runResultsCommands,
  ...accountCommands,
  ...keysCommands,
  ...webhooksCommands,
  ...loginCommands,
  completion,
];
/** In the order of the help, each with the options that all share. */
export const commands: readonly Command[] = plainCommands.map((command) => ({
  ...command,
  options: { ...command.options, ...globalOptions },
}));

export interface World {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: { readonly [name: string]: string | undefined };
  readonly signal: AbortSignal;
  readonly version: string;
}

/** One run of `zimage`. @param args - without node and script @returns the exit code */
export async function run(args: readonly string[], world: World): Promise<number> {
  const json = args.includes("--json");
  const terminal = new Terminal(world, { quiet: ["--json", "--quiet", "-q"].some((silent) => args.includes(silent)) });
  try {
    return await dispatch(args, { terminal, json }, world);
  } catch (error) {
    if (world.signal.aborted || error instanceof Interrupted) return exitCodes.interrupted;
    const usage = error instanceof UsageError;
    // Any other error is a bug of this program, or an error of the disk.
    if (!usage && !(error instanceof ZImageError) && !(error instanceof Error && "code" in error)) throw error;
    if (json) terminal.json(errorJson(error));
    else terminal.error(`${terminal.colour("red", "error")}: ${describeError(error)}`);
    return usage ? exitCodes.usage : exitCodes.failed;
  } finally {
    terminal.endProgress();
  }
}

async function dispatch(
  args: readonly string[],
  { terminal, json }: Pick<Context, "terminal" | "json">,
  { stdin, env, signal, version }: World,
): Promise<number> {
  const [first = "help", second = ""] = args;
  if (first === "--version" || first === "-V") {
    terminal.print(version);
    return exitCodes.ok;
  }
  const found = [2, 1]
    .map((length) => ({ length, command: commands.find(({ name }) => name === args.slice(0, length).join(" ")) }))
    .find(({ command }) => command !== undefined);
  const help = first === "help" || first === "--help" || first === "-h" || second === "--help" || second === "-h";
  if (found?.command === undefined) {
    const ofGroup = commands.filter(({ name }) => name.startsWith(`${first} `));
    if (help || (ofGroup.length > 0 && second === "")) {
      terminal.print(
        overview(plainCommands.filter(({ name }) => ofGroup.length === 0 || name.startsWith(`${first} `))).trimEnd(),
      );
      return help ? exitCodes.ok : exitCodes.usage;
    }
    throw new UsageError(`there is no command ${JSON.stringify(args.slice(0, 2).join(" "))}; see: zimage --help`);
  }
  const { command, length } = found;
  const input = parse(command, args.slice(length));
  if (flag(input.values, "help")) {
    const plain = plainCommands.find(({ name }) => name === command.name);
    terminal.print(commandHelp(plain ?? command).trimEnd());
    return exitCodes.ok;
  }
  checkPositionals(command, input.positionals);
  const [url, key] = [text(input.values, "url"), text(input.values, "key")];
  const flags = { url, key };
  const client = once(async () => {
    if (await isExposed(env)) {
      terminal.note(`warning: others can read ${settingsFile(env)}; run: chmod 600 ${settingsFile(env)}`);
    }
    return newClient(connection(flags, env, await readSettings(env)));
  });
  return command.run(input, { terminal, stdin, env, signal, json, client, flags, commands });
}

/** `--seed -1` as `--seed=-1`: `parseArgs` takes a negative number for an option. */
function withNegativeValues(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    const isValue = /^-\d+(?:\.\d+)?$/.test(arg) && before !== undefined && /^--[a-z][a-z-]*$/.test(before);
    if (isValue) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function parse({ name, options = {} }: Command, args: readonly string[]): CommandInput {
  try {
    const config: ParseArgsConfig = {
      args: withNegativeValues(args),
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(options).map(([option, { type, short, multiple = false }]) => [
          option,
          { type, multiple, ...(short && { short }) },
        ]),
      ),
    };
    const { values, positionals } = parseArgs(config);
    return { values: values as CommandInput["values"], positionals };
  } catch (error) {
    // parseArgs throws TypeErrors with a code; their first sentence says what is wrong.
    if (!(error instanceof Error)) throw error;
    throw new UsageError(`${error.message.split(". ")[0]?.split("\n")[0]}; see: zimage ${name} --help`);
  }
}

function checkPositionals({ name, positionals = [] }: Command, given: readonly string[]): void {
  const wanted = positionals.filter(({ required }) => required).length;
  const most = positionals.some(({ rest }) => rest) ? Number.POSITIVE_INFINITY : positionals.length;
  if (given.length >= wanted && given.length <= most) return;
  const expected = positionals.length === 0 ? "no arguments" : positionals.map(positionalText).join(" ");
  const got = given.length === 0 ? "none" : given.map((each) => JSON.stringify(each)).join(" ");
  throw new UsageError(`zimage ${name} takes ${expected}, got ${got}; see: zimage ${name} --help`);
}

/** The client's options come from flags, environment or file, so refused ones become usage errors. */
function newClient(options: ConstructorParameters<typeof ZImageClient>[0]): ZImageClient {
  try {
    return new ZImageClient(options);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
