import { computed, signal } from "@preact/signals";

/** A loss of less than this is not worth a word. */
const quietMs = 3_000;
const firstDelayMs = 1_000;
const maxDelayMs = 30_000;

const lostAt = signal<number | null>(null);
const quietOver = signal(false);
/** When the next attempt is made, in milliseconds since the epoch. */
export const nextAttemptAt = signal<number | null>(null);

/** Whether the reader should be told that the server cannot be reached. */
export const isOffline = computed(() => lostAt.value !== null && quietOver.value);

let attempts = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let quietTimer: ReturnType<typeof setTimeout> | undefined;

export function noteReachable(): void {
  if (lostAt.peek() === null) return;
  clearTimeout(timer);
  clearTimeout(quietTimer);
  attempts = 0;
  lostAt.value = null;
  quietOver.value = false;
  nextAttemptAt.value = null;
  dispatchEvent(new Event("zimage:reconnected"));
}

/**
 * From the first loss on, `/healthz` is asked until it responds: 1, 2, 4 … 30 s, each up to a quarter less by chance.
 */
export function noteUnreachable(): void {
  if (lostAt.peek() !== null) return;
  lostAt.value = Date.now();
  quietTimer = setTimeout(() => (quietOver.value = true), quietMs);
  scheduleAttempt();
}

/** At once; the banner's button, a window that comes back, a network that does. */
export function tryNow(): void {
  if (lostAt.peek() === null) return;
  clearTimeout(timer);
  void attempt();
}

function scheduleAttempt(): void {
  const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** attempts) * (1 - Math.random() / 4);
  attempts++;
  nextAttemptAt.value = Date.now() + delayMs;
  timer = setTimeout(attempt, delayMs);
}

async function attempt(): Promise<void> {
  nextAttemptAt.value = null;
  try {
    // Not by the SDK: a sign of life needs no key, no retries and no error of its own.
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    noteReachable();
  } catch {
    if (lostAt.peek() !== null) scheduleAttempt();
  }
}

addEventListener("online", tryNow);
addEventListener("focus", tryNow);
addEventListener("offline", noteUnreachable);
