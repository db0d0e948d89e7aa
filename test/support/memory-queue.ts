import type { Clock } from "../../shared/ports/clock.ts";
import {
  maxReceiveCount as defaultMaxReceiveCount,
  type Queue,
  type QueueMessage,
  StaleReceipt,
} from "../../shared/ports/queue.ts";
import { checkReceive, checkSend, checkVisibility, sendableReason } from "../../shared/ports/queue-rules.ts";

interface Stored {
  readonly id: number;
  readonly body: string;
  readonly sentAt: number;
  visibleAt: number;
  receiveCount: number;
  receipt: string | undefined;
}

/** The `queue` port in memory, with waits that need no polls: for simulations, whose clock may jump. */
export function createMemoryQueue({
  clock,
  maxReceiveCount = defaultMaxReceiveCount,
}: {
  readonly clock: Clock;
  readonly maxReceiveCount?: number;
}): Queue {
  const messages = new Map<number, Stored>();
  const dead: { readonly body: string; readonly reason?: string }[] = [];
  const waiting = new Set<() => void>();
  let lastId = 0;
  let lastReceipt = 0;
  let closed = false;

  const wake = () => {
    for (const end of waiting) end();
  };
  const held = (receipt: string): Stored | undefined => {
    const stored = messages.get(Number.parseInt(receipt, 10));
    return stored?.receipt === receipt ? stored : undefined;
  };
  const visible = () =>
    [...messages.values()]
      .filter(({ visibleAt }) => visibleAt <= clock.now())
      .sort((a, b) => a.visibleAt - b.visibleAt || a.id - b.id);

  function take(max: number, visibilityMs: number): QueueMessage[] {
    const taken: QueueMessage[] = [];
    for (const stored of visible()) {
      if (taken.length === max) break;
      if (stored.receiveCount >= maxReceiveCount) {
        messages.delete(stored.id);
        dead.push({ body: stored.body });
        continue;
      }
      stored.receiveCount++;
      stored.visibleAt = clock.now() + visibilityMs;
      stored.receipt = `${stored.id}.${++lastReceipt}`;
      const { id, body, sentAt, receiveCount, receipt } = stored;
      taken.push({ id: String(id), receipt, body, receiveCount, sentAt });
    }
    return taken;
  }

  return {
    async send(body, { delayMs = 0 } = {}) {
      checkSend(body, delayMs);
      const [id, sentAt] = [++lastId, clock.now()];
      messages.set(id, { id, body, sentAt, visibleAt: sentAt + delayMs, receiveCount: 0, receipt: undefined });
      wake();
    },
    async receive(options) {
      checkReceive(options);
      const { max = 1, visibilityMs, waitMs = 0, signal } = options;
      const deadline = clock.now() + waitMs;
      while (!closed && !signal?.aborted) {
        const taken = take(max, visibilityMs);
        const left = deadline - clock.now();
        if (taken.length > 0 || left <= 0) return taken;
        const nap = new AbortController();
        const end = () => nap.abort();
        waiting.add(end);
        signal?.addEventListener("abort", end, { once: true });
        const next = Math.min(...[...messages.values()].map(({ visibleAt }) => visibleAt)) - clock.now();
        await clock.sleep(Math.max(0, Math.min(left, next)), nap.signal);
        waiting.delete(end);
        signal?.removeEventListener("abort", end);
      }
      return [];
    },
    async extend(receipt, visibilityMs) {
      checkVisibility(visibilityMs);
      const stored = held(receipt);
      if (stored === undefined || stored.visibleAt <= clock.now()) throw new StaleReceipt();
      stored.visibleAt = visibilityMs === 0 ? stored.sentAt : clock.now() + visibilityMs;
      if (visibilityMs === 0) stored.receipt = undefined;
      if (visibilityMs === 0) wake();
    },
    async delete(receipt) {
      const stored = held(receipt);
      if (stored) messages.delete(stored.id);
    },
    async deadLetter(message, reason) {
      const stored = held(message.receipt);
      if (stored === undefined) return;
      messages.delete(stored.id);
      dead.push({ body: stored.body, reason: sendableReason(reason) });
    },
    async depth() {
      const all = [...messages.values()];
      const hidden = all.filter(({ visibleAt }) => visibleAt > clock.now());
      const inFlight = hidden.filter(({ receipt }) => receipt !== undefined).length;
      return { visible: all.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
    },
    deadLetters: async (max) => dead.slice(0, max),
    async close() {
      closed = true;
      wake();
    },
  };
}
