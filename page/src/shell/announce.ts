import { signal } from "@preact/signals";

/** Read out by screen readers, politely: what has happened without a press. */
export const announcement = signal("");

export function announce(text: string): void {
  announcement.value = text;
}
