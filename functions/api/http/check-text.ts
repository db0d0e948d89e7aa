import { InvalidInputError } from "../../../shared/errors.ts";

/**
 * Refuses text with NUL or half of a surrogate pair: it can neither be stored everywhere nor be drawn.
 * @throws InvalidInputError `invalid_value` naming the field
 */
export function checkText(text: string, param: string): void {
  const named = param.length <= 60 ? param : `${param.slice(0, 57)}...`;
  if (text.includes("\0")) {
    throw new InvalidInputError("invalid_value", `${named} must not contain NUL characters`, { param: named });
  }
  if (!text.isWellFormed()) {
    throw new InvalidInputError("invalid_value", `${named} contains half of a surrogate pair; send whole characters`, {
      param: named,
    });
  }
}
