import { setTimeout } from "node:timers/promises";
import type { Clock } from "../../shared/clock.ts";

/** How much faster than the real one the clock goes. */
const speed = 100;

/** A clock on which a sleep takes a hundredth of its time, and nothing else takes any. Starts at the real time, so that ids look as outside. */
export function fastClock(startMs = Date.now()): Clock & { advance(ms: number): void } {
  let now = startMs;
  return {
    now: () => now,
    async sleep(ms, signal) {
      if (signal?.aborted) return;
      // An abort ends the wait early, without an error.
      await setTimeout(ms / speed, undefined, signal && { signal }).catch(() => {});
      now += Math.ceil(ms);
    },
    advance(ms) {
      now += ms;
    },
  };
}
