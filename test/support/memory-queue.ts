import type { Clock } from "../../shared/ports/clock.ts";
import {
  maxReceiveCount as defaultMaxReceiveCount,
  type Queue,
  type QueueMessage,
  type SendOptions,
  StaleReceipt,
} from "../../shared/ports/queue.ts";
import { checkReceive, checkSend, checkVisibility, sendableReason } from "../../shared/ports/queue-rules.ts";

interface Stored {
  readonly id: number;
  readonly body: string;
  readonly sentAt: number;
  readonly group: string | undefined;
  visibleAt: number;
  receiveCount: number;
  receipt: string | undefined;
}

/**
 * When SQS holds a group of a fair queue back: more than this share of the messages in flight, and so many of its own;
 */
const noisyShare = 0.1;
const noisyInFlight = 30;
/** … or more than that share of the time that receivers held messages lately. SQS does not say how long that is. */
const latelyMs = 300_000;

/** One receive: how long its group occupied a receiver. */
interface Held {
  readonly group: string;
  readonly from: number;
  to: number | undefined;
}

/**
 * SQS's rule for fair queues, as its documentation gives it: messages of quiet groups first; when all groups are noisy,
 * those of the one with the fewest in flight.
 */
class NoisyGroups {
  readonly #clock: Clock;
  readonly #byReceipt = new Map<string, Held>();
  #held: Held[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  received(receipt: string, group: string | undefined): void {
    if (group === undefined) return;
    const held: Held = { group, from: this.#clock.now(), to: undefined };
    this.#byReceipt.set(receipt, held);
    this.#held.push(held);
  }

  /** Deleted, handed back or timed out. */
  ended(receipt: string | undefined): void {
    const held = receipt === undefined ? undefined : this.#byReceipt.get(receipt);
    if (held === undefined) return;
    held.to = this.#clock.now();
    this.#byReceipt.delete(receipt!);
  }

  /** @returns the groups that are held back, each with its messages in flight */
  now(): Map<string, number> {
    const now = this.#clock.now();
    this.#held = this.#held.filter(({ to }) => to === undefined || to > now - latelyMs);
    const groups = new Map<string, { inFlight: number; ms: number }>();
    let [inFlight, ms] = [0, 0];
    for (const { group, from, to } of this.#held) {
      const known = groups.get(group) ?? { inFlight: 0, ms: 0 };
      const own = (to ?? now) - Math.max(from, now - latelyMs);
      const flies = to === undefined ? 1 : 0;
      groups.set(group, { inFlight: known.inFlight + flies, ms: known.ms + own });
      [inFlight, ms] = [inFlight + flies, ms + own];
    }
    const noisy = [...groups].filter(
      ([, own]) => (own.inFlight >= noisyInFlight && own.inFlight > noisyShare * inFlight) || own.ms > noisyShare * ms,
    );
    return new Map(noisy.map(([group, own]) => [group, own.inFlight]));
  }
}

/** What is in the queue, and what was given up, under a clock. Receipts are `id.n`, n counting all of them. */
class MemoryMessages {
  readonly dead: { readonly body: string; readonly reason?: string }[] = [];
  readonly #clock: Clock;
  readonly #maxReceiveCount: number;
  readonly #noisy: NoisyGroups;
  readonly #messages = new Map<number, Stored>();
  #lastId = 0;
  #lastReceipt = 0;

  constructor(clock: Clock, maxReceiveCount: number) {
    this.#clock = clock;
    this.#maxReceiveCount = maxReceiveCount;
    this.#noisy = new NoisyGroups(clock);
  }

  add(body: string, { delayMs = 0, group }: SendOptions): void {
    const [id, sentAt] = [++this.#lastId, this.#clock.now()];
    const message = { id, body, sentAt, group, visibleAt: sentAt + delayMs, receiveCount: 0, receipt: undefined };
    this.#messages.set(id, message);
  }

  /** The message that was last received under this receipt. */
  held(receipt: string): Stored | undefined {
    const stored = this.#messages.get(Number.parseInt(receipt, 10));
    return stored?.receipt === receipt ? stored : undefined;
  }

  remove({ id, receipt }: Stored): void {
    this.#noisy.ended(receipt);
    this.#messages.delete(id);
  }

  handBack(stored: Stored): void {
    this.#noisy.ended(stored.receipt);
    stored.visibleAt = stored.sentAt;
    stored.receipt = undefined;
  }

  /** At most `max` visible messages, hidden for `visibilityMs` from now; worn out ones become dead letters. */
  take(max: number, visibilityMs: number): QueueMessage[] {
    const taken: QueueMessage[] = [];
    while (taken.length < max) {
      const stored = this.#next();
      if (stored === undefined) break;
      if (stored.receiveCount >= this.#maxReceiveCount) {
        this.remove(stored);
        this.dead.push({ body: stored.body });
        continue;
      }
      stored.receiveCount++;
      stored.visibleAt = this.#clock.now() + visibilityMs;
      stored.receipt = `${stored.id}.${++this.#lastReceipt}`;
      this.#noisy.received(stored.receipt, stored.group);
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

  #next(): Stored | undefined {
    const visible = [...this.#messages.values()].filter(({ visibleAt }) => visibleAt <= this.#clock.now());
    for (const { receipt } of visible) this.#noisy.ended(receipt);
    const noisy = this.#noisy.now();
    const inFlight = ({ group }: Stored) => (group === undefined ? undefined : noisy.get(group)) ?? -1;
    const isBefore = (a: Stored, b: Stored) => inFlight(a) - inFlight(b) || a.visibleAt - b.visibleAt || a.id - b.id;
    return visible.reduce<Stored | undefined>(
      (first, stored) => (first === undefined || isBefore(stored, first) < 0 ? stored : first),
      undefined,
    );
  }
}

/**
 * The `queue` port in memory, with waits that need no polls: for simulations, whose clock may jump. Groups are served
 * by SQS's rule.
 */
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
    async send(body, options = {}) {
      checkSend(body, options);
      messages.add(body, options);
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
      if (visibilityMs > 0) stored.visibleAt = clock.now() + visibilityMs;
      else {
        messages.handBack(stored);
        wake();
      }
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
