import { formatDay } from "../../../text/format.ts";
import { locale } from "../../../text/texts.ts";
import { galleryText } from "../messages.ts";

const dayMs = 86_400_000;

/** The UTC day of a time such as `2026-01-31T12:00:00Z`. */
export const dayOf = (iso: string): string => iso.slice(0, 10);

/** "Today", "Yesterday", else the date. Days are UTC, as the API counts them. */
export function dayTitle(day: string, now = Date.now()): string {
  if (day === dayOf(new Date(now).toISOString())) return galleryText("today");
  if (day === dayOf(new Date(now - dayMs).toISOString())) return galleryText("yesterday");
  return formatDay(day, "UTC");
}

/** A day for the column that jumps: "Nov 30". */
export function shortDay(day: string): string {
  return new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric", timeZone: "UTC" }).format(new Date(day));
}

/** A month for the same: "Nov", or with its year where that is another. */
export function shortMonth(day: string, now = Date.now()): string {
  const year = day.slice(0, 4) === new Date(now).toISOString().slice(0, 4) ? undefined : "2-digit";
  return new Intl.DateTimeFormat(locale(), { month: "short", year, timeZone: "UTC" }).format(new Date(day));
}
