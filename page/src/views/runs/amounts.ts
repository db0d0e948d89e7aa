import type { Run } from "../../../../sdk/src/index.ts";
import { runsText } from "./messages.ts";

export function duration(seconds: number): string {
  if (seconds < 90) return runsText("seconds", { n: Math.max(1, Math.round(seconds)) });
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return runsText("minutes", { n: minutes });
  return runsText("hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** Micro-units of an amount as people write it; `undefined` where it is none, `null` where it is empty. */
export function microOf(text: string): number | null | undefined {
  const plain = text.trim().replace(/^[$€£¥]\s{0,3}/, "");
  if (plain === "") return null;
  return /^\d{1,9}(?:[.,]\d{1,6})?$/.test(plain) ? Math.round(Number(plain.replace(",", ".")) * 1_000_000) : undefined;
}

/** Images that are drawn anew because something about them has changed. */
export function changedImages({ counts: { changed } }: Run): number {
  return changed.prompt + changed.photo + changed.settings;
}

/** Images that cannot be drawn, as the plan found. */
export function refusedImages({ counts: { refused } }: Run): number {
  return Object.values(refused).reduce((sum, count) => sum + count, 0);
}

/** The name that the reader gave it: that of the file, else its range. */
export function nameOf({ metadata, run_key, id }: Run): string {
  return metadata.name ?? `${run_key} ${id.slice(-6)}`;
}
