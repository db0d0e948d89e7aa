import { signal } from "@preact/signals";

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

export const toasts = signal<readonly Toast[]>([]);

const shownMs = 5_000;
let lastId = 0;

/** Confirms what was done; errors stand at their field instead. An action, such as Undo, is offered for as long. */
export function toast(text: string, action?: Toast["action"]): () => void {
  const id = ++lastId;
  const close = () => {
    toasts.value = toasts.peek().filter((each) => each.id !== id);
  };
  toasts.value = [...toasts.peek().slice(-2), { id, text, action }];
  setTimeout(close, shownMs);
  return close;
}
