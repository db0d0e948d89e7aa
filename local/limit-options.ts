import { moneyText } from "../shared/money/decimal-amount.ts";
import { wholeNumber } from "../shared/process/whole-number.ts";

/** A command line option that takes a whole number, or `none` to take a limit away. */
export interface LimitOption<Name extends string> {
  readonly option: string;
  readonly name: Name;
  readonly min: number;
}

/**
 * The limits that the command line names.
 * @returns `undefined` as the value of a limit that is to be taken away
 * @throws UsageError
 */
export function readLimits<Name extends string>(
  values: { readonly [option: string]: unknown },
  options: readonly LimitOption<Name>[],
): { readonly [Limit in Name]?: number | undefined } {
  const limits = options.flatMap(({ option, name, min }): (readonly [Name, number | undefined])[] => {
    const text = values[option];
    if (typeof text !== "string") return [];
    if (text === "none") return [[name, undefined]];
    return [[name, wholeNumber(`--${option}`, text, { min, hint: "; or none" })]];
  });
  return Object.fromEntries(limits) as unknown as { [Limit in Name]?: number | undefined };
}

/** Limits to be shown: those on money with the currency. */
export function shownLimits(limits: object, currency: string): { readonly [name: string]: unknown } {
  const amounts: ReadonlySet<string> = new Set(["monthlyCap", "lowBalance"]);
  return Object.fromEntries(
    Object.entries(limits).map(([name, value]) => [
      name,
      amounts.has(name) && typeof value === "number" ? moneyText(value, currency) : value,
    ]),
  );
}
