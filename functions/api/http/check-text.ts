import { InvalidInputError } from "../../../shared/errors.ts";

/** Text without NUL and without half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/**
 * Refuses text with NUL or half of a surrogate pair: it can neither be stored everywhere nor be drawn.
 * @throws InvalidInputError `invalid_value` naming the field
 */
export function checkText(text: string, param: string): void {
  if (isStorable(text)) return;
  const named = param.length <= 60 ? param : `${param.slice(0, 57)}...`;
  if (text.includes("\0")) {
    throw new InvalidInputError("invalid_value", `${named} must not contain NUL characters`, { param: named });
  }
  throw new InvalidInputError("invalid_value", `${named} contains half of a surrogate pair; send whole characters`, {
    param: named,
  });
}
