import { UsageError } from "./command-line.ts";

export interface WholeNumberRange {
  readonly min: number;
  /** @default the largest safe integer, which messages do not name */
  readonly max?: number;
  /** Ends the message: what else is accepted, or an example. */
  readonly hint?: string;
  /** Makes the error that is thrown. @default a UsageError */
  readonly error?: (message: string) => Error;
}

/**
 * A whole number in decimal digits, from an option or an environment variable.
 * @param name - as the user writes it, `--steps` or `PORT`
 * @throws UsageError, or what `error` makes, naming the option, the range and the value received
 */
export function wholeNumber(name: string, text: string, { min, max, hint = "", error }: WholeNumberRange): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER)) return value;
  const range = max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
  const message = `${name} must be a whole number ${range}, got ${JSON.stringify(text)}${hint}`;
  throw error?.(message) ?? new UsageError(message);
}
