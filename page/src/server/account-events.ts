import { effect, signal } from "@preact/signals";
import type { AccountEvent } from "../../../sdk/src/index.ts";
import { language } from "../text/language.ts";
import { client } from "./client.ts";
import { apiKey } from "./session.ts";

/** Of a stream that the server refused, or that ended for good: then it is opened again. */
const pauseMs = 10_000;

const listeners = new Set<(event: AccountEvent) => void>();
const hasListeners = signal(false);
/** Whether the stream is open, so that nobody needs to ask for what it tells. */
export const isListening = signal(false);
const attempt = signal(0);

/**
 * Tells what happens to the jobs of the account, by one stream for all parts of the page and for all its tabs: over
 * HTTP/1.1 a browser opens six connections to a host.
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
    const name = await sharedName();
    if (name === undefined) await stream(from, signal, { tell, note });
    else await shareStream(name, from, signal);
  } catch {
    if (signal.aborted) return;
    isListening.value = false;
    setTimeout(() => attempt.value++, pauseMs);
  }
}

function tell(event: AccountEvent): void {
  for (const listener of listeners) listener(event);
}

function note(open: boolean): void {
  isListening.value = open;
}

interface Listener {
  readonly tell: (event: AccountEvent) => void;
  readonly note: (open: boolean) => void;
}

async function stream(from: typeof client.value, signal: AbortSignal, listener: Listener): Promise<void> {
  const options = {
    preview: "url",
    signal,
    onOpen: () => listener.note(!signal.aborted),
    onCut: () => listener.note(false),
  } as const;
  for await (const event of from.events(options)) listener.tell(event);
}

/** What tabs with the same key tell each other. */
type Message =
  | { readonly type: "hello" }
  | { readonly type: "open"; readonly open: boolean }
  | { readonly type: "event"; readonly event: AccountEvent };

/**
 * The tab that holds the lock has the stream, and tells the others; when it is closed, the next in line opens one,
 * which begins with the history of what is still open.
 */
async function shareStream(name: string, from: typeof client.value, signal: AbortSignal): Promise<void> {
  const channel = new BroadcastChannel(name);
  const send = (message: Message) => channel.postMessage(message);
  let isFirst = false;
  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    if (data.type === "event") tell(data.event);
    else if (data.type === "open") note(data.open);
    else if (isFirst) send({ type: "open", open: isListening.peek() });
  });
  send({ type: "hello" });
  try {
    await navigator.locks.request(name, { signal }, async () => {
      isFirst = true;
      await stream(from, signal, {
        tell: (event) => {
          tell(event);
          send({ type: "event", event });
        },
        note: (open) => {
          note(open);
          send({ type: "open", open });
        },
      });
    });
  } finally {
    channel.close();
  }
}

/**
 * The same for tabs that would hear the same; it does not give the key away. `undefined` where the browser has no
 * locks: over plain http on a LAN each tab has a stream of its own.
 */
async function sharedName(): Promise<string | undefined> {
  if (!isSecureContext || typeof BroadcastChannel === "undefined") return undefined;
  const what = new TextEncoder().encode(JSON.stringify([apiKey.peek(), language.peek()]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", what));
  return `zimage.events.${Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

addEventListener("zimage:reconnected", () => {
  if (!isListening.peek()) attempt.value++;
});
