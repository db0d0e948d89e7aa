import { setTimeout } from "node:timers/promises";
import type { Clock } from "../../shared/ports/clock.ts";

/** How much faster than the real one the clock goes. */
const speed = 100;

export type TestClock = Clock & { advance(ms: number): void };

/**
 * A clock on which a sleep takes a hundredth of its time, and nothing else takes any. Starts at the real time, so that
 * ids look as outside.
 */
export function fastClock(startMs = Date.now()): TestClock {
  return clockOver(() => startMs);
}

/** As `fastClock`, and it goes on between sleeps as the real one does: for what other programs wait for meanwhile. */
export function runningClock(): TestClock {
  return clockOver(() => Date.now());
}

function clockOver(base: () => number): TestClock {
  let ahead = 0;
  return {
    now: () => base() + ahead,
    async sleep(ms, signal) {
      if (signal?.aborted) return;
      // An abort ends the wait early, without an error.
      await setTimeout(ms / speed, undefined, signal && { signal }).catch(() => {});
      ahead += Math.ceil(ms);
    },
    advance(ms) {
      ahead += ms;
    },
  };
}
