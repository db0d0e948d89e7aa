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

/** Exit with the number that `main` returns, if it does; with 2 and one line where the input is at fault. */
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
