import { InvalidInputError } from "../errors.ts";
import { maxDeduplicationWindowS } from "../limits.ts";

/**
 * `ApiKey.deduplicationWindowS`, as an option or variable gives it: whole seconds, or `auto`.
 * @throws InvalidInputError `bad_option`
 */
export function readDeduplicationWindow(
  text: string | undefined,
  name = "--deduplication-window-s",
): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === "auto") return null;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds <= maxDeduplicationWindowS) return seconds;
  const message =
    `${name} must be auto or whole seconds from 0 (off) to ${maxDeduplicationWindowS}, got "${text}"; for ` +
    "example 300";
  throw new InvalidInputError("bad_option", message);
}
