import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { isComposing } from "./is-composing.ts";

export interface KeyBinding {
  /**
   * One key as `KeyboardEvent.key` names it, with `ctrl+` (Cmd on a Mac) or `shift+` in front; or two, one after the
   * other: `g c`. Letters are lower case.
   */
  readonly keys: string;
  /** What it does, in the reader's language. */
  readonly label: () => string;
  readonly run: (event: KeyboardEvent) => void;
  /** Also while a text is being typed. @default false */
  readonly whileTyping?: boolean;
  /** Leaves a press to others, such as the control in focus. @default every press is its own */
  readonly applies?: (event: KeyboardEvent) => boolean;
}

interface Section {
  readonly title: () => string;
  readonly bindings: () => readonly KeyBinding[];
}

/** What the dialog behind `?` lists: sections of the parts on show, the newest last. */
export const keySections = signal<readonly Section[]>([]);

/**
 * Keys of a part, as long as it is on show. Of two parts that want the same key, the newer has it.
 * @param bindings - may change from one rendering to the next
 */
export function useKeys(title: () => string, bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  // Once: a section stays in its place while its bindings change.
  useEffect(() => {
    const section: Section = { title, bindings: () => latest.current };
    keySections.value = [...keySections.peek(), section];
    return () => {
      keySections.value = keySections.peek().filter((each) => each !== section);
    };
  }, []);
}

const sequenceMs = 1_500;
let first: { readonly key: string; readonly at: number } | undefined;

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isComposing(event) || event.altKey) return;
  const typing = isTyping(event.target);
  const pressed = nameOf(event);
  const sequence = first && event.timeStamp - first.at < sequenceMs ? `${first.key} ${pressed}` : undefined;
  first = typing ? undefined : { key: pressed, at: event.timeStamp };
  // A dialog on show keeps the keys of the page behind it.
  const dialog = document.querySelector("dialog[open]");
  for (const { bindings } of keySections.peek().toReversed()) {
    for (const { keys, run, whileTyping = false, applies } of bindings()) {
      if ((keys !== pressed && keys !== sequence) || (typing && !whileTyping)) continue;
      if (applies?.(event) === false) continue;
      if (dialog !== null && !dialog.contains(event.target as Node)) continue;
      if (keys === sequence) first = undefined;
      event.preventDefault();
      run(event);
      return;
    }
  }
});

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // Shift is part of a sign such as "?", and not said of it.
  const shift = event.shiftKey && (key.length > 1 || /[a-z]/.test(key));
  return `${event.ctrlKey || event.metaKey ? "ctrl+" : ""}${shift ? "shift+" : ""}${key}`;
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "range"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}
