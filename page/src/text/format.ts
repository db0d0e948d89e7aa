import { locale } from "./texts.ts";

/** A day and time in the reader's zone. */
export function formatTime(iso: string, style: "short" | "medium" = "short"): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: style }).format(new Date(iso));
}

export function formatDay(iso: string, timeZone?: "UTC"): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", ...(timeZone && { timeZone }) }).format(
    new Date(iso),
  );
}

const units = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** "2 minutes ago", "yesterday", "in 3 days"; within a minute "now". */
export function formatAgo(iso: string, now = Date.now()): string {
  const seconds = (Date.parse(iso) - now) / 1_000;
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, "second");
}

/**
 * Money from micro-units, with as many digits as show it: cents, or down to a hundredth of a cent; `null` below that,
 * for the text that says "under".
 */
export function formatMoney(micro: number, currency: string): string | null {
  if (micro !== 0 && Math.abs(micro) < 100) return null;
  const digits = Math.abs(micro) >= 1_000_000 || micro === 0 ? 2 : Math.abs(micro) >= 10_000 ? 3 : 4;
  return new Intl.NumberFormat(locale(), {
    style: "currency",
    currency: currency.toUpperCase(),
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  }).format(micro / 1_000_000);
}

const byteUnits = ["byte", "kilobyte", "megabyte", "gigabyte"];

export function formatBytes(bytes: number): string {
  const thousands = Math.min(byteUnits.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const [value, unit] = [bytes / 1_000 ** thousands, byteUnits[thousands]!];
  return new Intl.NumberFormat(locale(), { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 }).format(
    value,
  );
}
