import { InvalidInputError } from "./errors.ts";
import { maxDeduplicationWindowS } from "./limits.ts";

/**
 * Seconds of `ApiKey.deduplicationWindowS`, as an option or variable gives them.
 * @throws InvalidInputError `bad_option`
 */
export function readDeduplicationWindow(
  text: string | undefined,
  name = "--deduplication-window-s",
): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= maxDeduplicationWindowS) return seconds;
  const message = `${name} must be whole seconds from 0 (off) to ${maxDeduplicationWindowS}, got "${text}"; for example 300`;
  throw new InvalidInputError("bad_option", message);
}
