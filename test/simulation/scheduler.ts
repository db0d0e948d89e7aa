import type { Clock } from "../../shared/ports/clock.ts";
import { seededRandom } from "../support/seeded-random.ts";

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => unknown;
}

/** What is kept of the trace for a failure to print; the hash is of all of it. */
const keptLines = 400;

/**
 * Virtual time. Everything that happens is an event at a time that the seed decides; between two events only promises
 * settle. So a run is a function of its seed, and the hash of its trace tells two runs apart.
 */
export class Scheduler {
  readonly random: () => number;
  #now: number;
  #order = 0;
  #events = 0;
  readonly #heap: Event[] = [];
  readonly #trace: string[] = [];
  #hash1 = 0xdeadbeef;
  #hash2 = 0x41c6ce57;

  constructor(seed: number, startMs = Date.UTC(2026, 0, 1)) {
    this.random = seededRandom(seed);
    this.#now = startMs;
  }

  now = (): number => this.#now;

  /** Events so far. */
  get events(): number {
    return this.#events;
  }

  /** True with probability `p`. */
  chance(p: number): boolean {
    return this.random() < p;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.random() * (to - from + 1));
  }

  pick<T>(of: readonly T[]): T {
    return of[this.between(0, of.length - 1)]!;
  }

  /** Events of one moment run in the order in which they were asked for. */
  at(ms: number, run: () => unknown): void {
    push(this.#heap, { at: Math.max(this.#now, Math.round(ms)), order: this.#order++, run });
  }

  after(ms: number, run: () => unknown): void {
    this.at(this.#now + ms, run);
  }

  /** The world's own clock, which nobody can kill. */
  readonly clock: Clock = {
    now: () => this.#now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        signal?.addEventListener("abort", () => resolve(), { once: true });
        this.after(ms, resolve);
      }),
  };

  /** One line of the trace: who did what, with what result. No secrets and nothing that differs from run to run. */
  note(line: string): void {
    const text = `${this.#now} ${line}`;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      this.#hash1 = Math.imul(this.#hash1 ^ code, 2654435761);
      this.#hash2 = Math.imul(this.#hash2 ^ code, 1597334677);
    }
    if (this.#trace.push(text) > 2 * keptLines) this.#trace.splice(0, keptLines);
  }

  get trace(): readonly string[] {
    return this.#trace.slice(-keptLines);
  }

  /** 64 bits over all lines, in hexadecimal. */
  get hash(): string {
    return [this.#hash1, this.#hash2].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** Runs events until `done` says so, virtual time reaches `until`, or nothing is left to happen. */
  async run(until: number, done: () => boolean = () => false): Promise<void> {
    await settled();
    while (!done()) {
      const next = this.#heap[0];
      if (next === undefined || next.at > until) {
        this.#now = Math.max(this.#now, until);
        return;
      }
      pop(this.#heap);
      this.#now = next.at;
      this.#events++;
      await next.run();
      await settled();
    }
  }
}

/** All promises that can settle without another event have. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Event[], event: Event): void {
  let i = heap.length;
  heap.push(event);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(event, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
}
