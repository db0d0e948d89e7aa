/** Micro-units (millionths) as people write money: `0.0084 USD`. At least two decimals, and no digit is lost. */
export function money(microUnits: number, currency: string): string {
  const whole = Math.trunc(Math.abs(microUnits) / 1e6);
  const fraction = String(Math.abs(microUnits) % 1e6)
    .padStart(6, "0")
    .replace(/0{1,4}$/, "");
  return `${microUnits < 0 ? "-" : ""}${whole}.${fraction} ${currency}`;
}
