/**
 * A time in a query as its caller wrote it: `+` in a query stands for a space, so that the zone of an unescaped
 * `2026-01-31T12:00:00+02:00` arrives as ` 02:00`. Anything else is left for the schema to judge.
 */
export function queryTime(text: string): string {
  return text.replace(/(T[\d:.]+) (\d\d:\d\d)$/, "$1+$2");
}
