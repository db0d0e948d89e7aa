import type { ZImageClient } from "../client.ts";
import type { Terminal } from "./terminal.ts";

/** One option, as `node:util` parseArgs wants it, with what help and completion say of it. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** Stands for the value in the help. */
  readonly value?: string;
  /** Values for shell completion; the API validates them. */
  readonly choices?: readonly string[];
  /** The value is the name of a file or folder. */
  readonly path?: boolean;
  readonly help: string;
}

export type Options = { readonly [name: string]: Option };

export interface Positional {
  readonly name: string;
  readonly required?: boolean;
  /** Takes all that is left. */
  readonly rest?: boolean;
}

export interface Command {
  /** One word, or two: `jobs list`. */
  readonly name: string;
  readonly summary: string;
  readonly positionals?: readonly Positional[];
  readonly options?: Options;
  /** Lines after the options in the help. */
  readonly notes?: string;
  /** @returns the exit code; see `exit-codes.ts` */
  run(input: CommandInput, context: Context): Promise<number>;
}

export interface CommandInput {
  readonly values: { readonly [option: string]: string | boolean | (string | boolean)[] | undefined };
  readonly positionals: readonly string[];
}

/** Standard input. */
export type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined };

/** Everything that a command may use. */
export interface Context {
  readonly terminal: Terminal;
  readonly stdin: Input;
  readonly env: { readonly [name: string]: string | undefined };
  /** Aborts on the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** `--json`: one JSON document a line, on standard output alone. */
  readonly json: boolean;
  /** Made from flags, environment and file. @throws UsageError when there is no key */
  readonly client: () => Promise<ZImageClient>;
  /** `--url` and `--key`, for `login`. */
  readonly flags: { readonly url?: string; readonly key?: string };
  readonly commands: readonly Command[];
}

/** The command line is wrong, not the world. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Ctrl-C at a prompt. */
export class Interrupted extends Error {}
