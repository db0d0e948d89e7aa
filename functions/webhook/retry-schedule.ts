const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/**
 * Wait before attempt 1, 2, … in milliseconds: at once, then over three days, as the Standard Webhooks specification
 * advises. An attempt is counted when it begins, so one that a crash cut off is used up too.
 */
export const retryDelaysMs: readonly number[] = [
  0,
  5 * secondMs,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
];

/** Share of a delay that chance may add, so that a receiver that comes back is not met by all its messages at once. */
const jitter = 0.2;

/**
 * When to try again after attempt `attempt` (from 1) failed, or `undefined` after the last one.
 * @param random - uniform in [0, 1)
 */
export function nextAttemptAt(attempt: number, now: number, random: () => number): number | undefined {
  const delayMs = retryDelaysMs[attempt];
  return delayMs === undefined ? undefined : now + Math.round(delayMs * (1 + jitter * random()));
}
