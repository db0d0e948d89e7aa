import { InvalidInputError } from "../shared/errors.ts";

/** A command line option that takes a whole number, or `none` to take a limit away. */
export interface LimitOption<Name extends string> {
  readonly option: string;
  readonly name: Name;
  readonly min: number;
}

/**
 * The limits that the command line names.
 * @returns `undefined` as the value of a limit that is to be taken away
 * @throws InvalidInputError `bad_option`
 */
export function readLimits<Name extends string>(
  values: { readonly [option: string]: unknown },
  options: readonly LimitOption<Name>[],
): { readonly [Limit in Name]?: number | undefined } {
  const limits = options.flatMap(({ option, name, min }): (readonly [Name, number | undefined])[] => {
    const text = values[option];
    if (typeof text !== "string") return [];
    if (text === "none") return [[name, undefined]];
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || !Number.isSafeInteger(value)) {
      throw new InvalidInputError(
        "bad_option",
        `--${option} must be a whole number from ${min}, or none, got "${text}"`,
      );
    }
    return [[name, value]];
  });
  return Object.fromEntries(limits) as { [Limit in Name]?: number | undefined };
}
