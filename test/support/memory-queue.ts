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

/** What is in the queue, and what was given up, under a clock. Receipts are `id.n`, n counting all of them. */
class MemoryMessages {
  readonly dead: { readonly body: string; readonly reason?: string }[] = [];
  readonly #clock: Clock;
  readonly #maxReceiveCount: number;
  readonly #messages = new Map<number, Stored>();
  #lastId = 0;
  #lastReceipt = 0;

  constructor(clock: Clock, maxReceiveCount: number) {
    this.#clock = clock;
    this.#maxReceiveCount = maxReceiveCount;
  }

  add(body: string, delayMs: number): void {
    const [id, sentAt] = [++this.#lastId, this.#clock.now()];
    this.#messages.set(id, { id, body, sentAt, visibleAt: sentAt + delayMs, receiveCount: 0, receipt: undefined });
  }

  /** The message that was last received under this receipt. */
  held(receipt: string): Stored | undefined {
    const stored = this.#messages.get(Number.parseInt(receipt, 10));
    return stored?.receipt === receipt ? stored : undefined;
  }

  remove({ id }: Stored): void {
    this.#messages.delete(id);
  }

  /** At most `max` visible messages, hidden for `visibilityMs` from now; worn out ones become dead letters. */
  take(max: number, visibilityMs: number): QueueMessage[] {
    const taken: QueueMessage[] = [];
    for (const stored of this.#visible()) {
      if (taken.length === max) break;
      if (stored.receiveCount >= this.#maxReceiveCount) {
        this.remove(stored);
        this.dead.push({ body: stored.body });
        continue;
      }
      stored.receiveCount++;
      stored.visibleAt = this.#clock.now() + visibilityMs;
      stored.receipt = `${stored.id}.${++this.#lastReceipt}`;
      const { id, body, sentAt, receiveCount, receipt } = stored;
      taken.push({ id: String(id), receipt, body, receiveCount, sentAt });
    }
    return taken;
  }

  /** When the next message becomes visible; Infinity when there is none. */
  nextVisibleAt(): number {
    return Math.min(...[...this.#messages.values()].map(({ visibleAt }) => visibleAt));
  }

  depth(): Awaited<ReturnType<Queue["depth"]>> {
    const all = [...this.#messages.values()];
    const hidden = all.filter(({ visibleAt }) => visibleAt > this.#clock.now());
    const inFlight = hidden.filter(({ receipt }) => receipt !== undefined).length;
    return { visible: all.length - hidden.length, inFlight, delayed: hidden.length - inFlight };
  }

  #visible(): Stored[] {
    return [...this.#messages.values()]
      .filter(({ visibleAt }) => visibleAt <= this.#clock.now())
      .sort((a, b) => a.visibleAt - b.visibleAt || a.id - b.id);
  }
}

/** The `queue` port in memory, with waits that need no polls: for simulations, whose clock may jump. */
export function createMemoryQueue({
  clock,
  maxReceiveCount = defaultMaxReceiveCount,
}: {
  readonly clock: Clock;
  readonly maxReceiveCount?: number;
}): Queue {
  const messages = new MemoryMessages(clock, maxReceiveCount);
  const waiting = new Set<() => void>();
  let closed = false;
  const wake = () => {
    for (const end of waiting) end();
  };

  return {
    async send(body, { delayMs = 0 } = {}) {
      checkSend(body, delayMs);
      messages.add(body, delayMs);
      wake();
    },
    async receive(options) {
      checkReceive(options);
      const { max = 1, visibilityMs, waitMs = 0, signal } = options;
      const deadline = clock.now() + waitMs;
      while (!closed && !signal?.aborted) {
        const taken = messages.take(max, visibilityMs);
        const left = deadline - clock.now();
        if (taken.length > 0 || left <= 0) return taken;
        const nap = new AbortController();
        const end = () => nap.abort();
        waiting.add(end);
        signal?.addEventListener("abort", end, { once: true });
        const next = messages.nextVisibleAt() - clock.now();
        await clock.sleep(Math.max(0, Math.min(left, next)), nap.signal);
        waiting.delete(end);
        signal?.removeEventListener("abort", end);
      }
      return [];
    },
    async extend(receipt, visibilityMs) {
      checkVisibility(visibilityMs);
      const stored = messages.held(receipt);
      if (stored === undefined || stored.visibleAt <= clock.now()) throw new StaleReceipt();
      stored.visibleAt = visibilityMs === 0 ? stored.sentAt : clock.now() + visibilityMs;
      if (visibilityMs === 0) stored.receipt = undefined;
      if (visibilityMs === 0) wake();
    },
    async delete(receipt) {
      const stored = messages.held(receipt);
      if (stored) messages.remove(stored);
    },
    async deadLetter(message, reason) {
      const stored = messages.held(message.receipt);
      if (stored === undefined) return;
      messages.remove(stored);
      messages.dead.push({ body: stored.body, reason: sendableReason(reason) });
    },
    depth: async () => messages.depth(),
    deadLetters: async (max) => messages.dead.slice(0, max),
    async close() {
      closed = true;
      wake();
    },
  };
}
