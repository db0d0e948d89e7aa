import type { TestClock } from "./fast-clock.ts";

/**
 * A clock that stands still until `advance`, which wakes every sleeper due by then. Starts at the real time.
 */
export function manualClock(): TestClock {
  let now = Date.now();
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          sleepers.delete(sleeper);
          resolve();
        };
        const sleeper = { until: now + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", wake, { once: true });
      }),
    advance(ms) {
      now += ms;
      for (const { until, wake } of [...sleepers]) if (until <= now) wake();
    },
  };
}
