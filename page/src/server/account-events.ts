import { effect, signal } from "@preact/signals";
import type { AccountEvent } from "../../../sdk/src/index.ts";
import { client } from "./client.ts";

/** Of a stream that the server refused, or that ended for good: then it is opened again. */
const pauseMs = 10_000;

const listeners = new Set<(event: AccountEvent) => void>();
const hasListeners = signal(false);
/** Whether the stream is open, so that nobody needs to ask for what it tells. */
export const isListening = signal(false);
const attempt = signal(0);

/**
 * Tells what happens to the jobs of the account, by one stream for all parts of the page: a browser opens six
 * connections to a host over HTTP/1.1, for all its tabs.
 * @returns ends it for this listener
 */
export function onAccountEvent(listener: (event: AccountEvent) => void): () => void {
  listeners.add(listener);
  hasListeners.value = true;
  return () => {
    listeners.delete(listener);
    hasListeners.value = listeners.size > 0;
  };
}

// Opened anew for another key or language, and after the connection was lost.
effect(() => {
  void attempt.value;
  if (!hasListeners.value) return;
  const controller = new AbortController();
  void listen(client.value, controller.signal);
  return () => {
    controller.abort();
    isListening.value = false;
  };
});

async function listen(from: typeof client.value, signal: AbortSignal): Promise<void> {
  try {
    const options = {
      preview: "url",
      signal,
      onOpen: () => (isListening.value = !signal.aborted),
      onCut: () => (isListening.value = false),
    } as const;
    for await (const event of from.events(options)) for (const listener of listeners) listener(event);
  } catch {
    if (signal.aborted) return;
    isListening.value = false;
    setTimeout(() => attempt.value++, pauseMs);
  }
}

addEventListener("zimage:reconnected", () => {
  if (!isListening.peek()) attempt.value++;
});
