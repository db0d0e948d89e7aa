import { computed, signal } from "@preact/signals";
import { keep, keepInTab, kept, keptInTab } from "../shell/kept.ts";

const name = "zimage.key";

/**
 * The pasted API key; `null` uses the cookie that the one-time link of `npm start` sets. Held in this tab, on this
 * computer only where the reader asked for it; never in an address or a log.
 */
const pastedKey = signal<string | null>(keptInTab(name) ?? kept(name));

export const apiKey = computed(() => pastedKey.value);

/** Why the key dialog is on show; `null` while it is not. */
export const keyWanted = signal<"first" | "refused" | null>(null);

export function takeKey(key: string, remember: boolean): void {
  keepInTab(name, key);
  if (remember) keep(name, key);
  pastedKey.value = key;
  keyWanted.value = null;
}

export function forgetKey(): void {
  keepInTab(name, null);
  keep(name, null);
  pastedKey.value = null;
  keyWanted.value = "first";
}
