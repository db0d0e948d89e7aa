import { InvalidInputError, PipelineError } from "../errors.ts";

/** The command line cannot be understood; the message names the option. */
export class UsageError extends InvalidInputError {
  constructor(message: string) {
    super("bad_option", message);
  }
}

/** Argument parsing shared by the commands of `npm run NAME`. */
export function commandLine(name: string) {
  const badUsage = (message: string): UsageError => new UsageError(`${message}; see: npm run ${name} -- --help`);

  /** @throws UsageError in place of what `parseArgs` throws */
  function parse<T>(parseArguments: () => T): T {
    try {
      return parseArguments();
    } catch (error) {
      throw error instanceof Error ? badUsage(error.message.split("\n")[0]!) : error;
    }
  }
  return { badUsage, parse };
}

/** `--seed -1` as `--seed=-1`: `parseArgs` takes a negative number for an option. */
export function withNegativeValues(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    const isValue = /^-\d+(?:\.\d+)?$/.test(arg) && before !== undefined && /^--[a-z][a-z-]*$/.test(before);
    if (isValue) joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/** Exit with the number that `main` returns, if any; with 2 and one line where the input is at fault. */
export async function runCommand(main: () => Promise<unknown>): Promise<void> {
  try {
    const status = await main();
    if (typeof status === "number") process.exitCode = status;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
