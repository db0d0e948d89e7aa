/**
 * Whole micro-units as people write money, in units of the currency: 3 is `0.000003`, −1500000 is `-1.50`. At least two
 * decimals, and no digit is lost: every response with an amount has this beside it, so that nobody takes 3 for three
 * dollars.
 */
export function decimalAmount(microUnits: number): string {
  const digits = Math.abs(microUnits);
  const fraction = String(digits % 1e6)
    .padStart(6, "0")
    .replace(/0{1,4}$/, "");
  return `${microUnits < 0 ? "-" : ""}${Math.trunc(digits / 1e6)}.${fraction}`;
}

/** The same with its currency, for people: `1.50 USD`. */
export function moneyText(microUnits: number, currency: string): string {
  return `${decimalAmount(microUnits)} ${currency}`;
}
