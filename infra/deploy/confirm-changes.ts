import { createInterface } from "node:readline/promises";
import { PipelineError } from "../../shared/errors.ts";
import { describeChanges, type SettingChange } from "../config/remembered-settings.ts";

export interface ConfirmOptions {
  readonly changes: readonly SettingChange[];
  /** The deployment that the changes are of; nothing is asked before the first. */
  readonly stack: string;
  readonly isFirst: boolean;
  /** `--yes`: show, and do not ask. */
  readonly yes: boolean;
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  readonly ask: (question: string) => Promise<string>;
}

/**
 * Shows what the deployment would change in the settings of the one that is there, and asks.
 * @returns whether to go on
 * @throws PipelineError `bad_option` where something changes and nobody can be asked
 */
export async function confirmChanges(options: ConfirmOptions): Promise<boolean> {
  const { changes, stack, isFirst, yes, isTerminal, write, ask } = options;
  const lines = describeChanges(changes);
  if (isFirst) {
    write(
      lines.length === 0 ? `${stack} is new, with the default settings.\n` : `${stack} is new, with:\n${text(lines)}`,
    );
    return true;
  }
  if (lines.length === 0) {
    write(`${stack}: settings unchanged.\n`);
    return true;
  }
  write(`${stack}: these settings change:\n${text(lines)}`);
  if (yes) return true;
  if (!isTerminal) throw new PipelineError("bad_option", "settings would change and nobody can be asked; give --yes");
  return /^y(es)?$/i.test((await ask("Deploy these changes? [y/N] ")).trim());
}

const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

/** One question on this terminal. */
export async function askOnTerminal(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}
