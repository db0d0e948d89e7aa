import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../shared/ports/clock.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Virtual time that stands still while anything can go on, and else jumps to the next end of a sleep. */
export class JumpingClock implements Clock {
  #now = Date.UTC(2026, 10, 30, 12);
  readonly #sleepers = new Set<Sleeper>();

  now = (): number => this.#now;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const wake = () => {
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { at: this.#now + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });

  /** Lets time go on until this work is done. */
  async until<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const end = () => {
      isDone = true;
    };
    work.then(end, end);
    while (!isDone) {
      // Promises and streams settle first.
      for (let turn = 0; turn < 3; turn++) await setImmediate();
      if (isDone) break;
      const next = [...this.#sleepers].reduce<Sleeper | undefined>(
        (first, each) => (first === undefined || each.at < first.at ? each : first),
        undefined,
      );
      if (next === undefined) continue;
      this.#now = next.at;
      next.wake();
    }
    return work;
  }
}
