/**
 * Spot workers that were asked for and are not up yet, with their age: a fleet that grows always has some, and only one
 * whose requests stay unfilled has no spot machines. What the scaler sees are two counts, so requests are told apart by
 * order: the oldest is filled first.
 */
export type SpotRequests = {
  /** Unfilled requests, oldest first; times in milliseconds since the epoch. */
  readonly open: readonly SpotRequest[];
  /** Workers that were up at the last look, and when that number last grew. */
  readonly running: number;
  readonly filledAt?: number;
};

type SpotRequest = {
  readonly count: number;
  readonly at: number;
};

export const noSpotRequests: SpotRequests = { open: [], running: 0 };

/** What has become of the requests since the last look. Workers that were lost are asked for again from now on. */
export function lookAtSpot(
  before: SpotRequests,
  { desired, running }: { readonly desired: number; readonly running: number },
  now: number,
): SpotRequests {
  const filled = Math.max(0, running - before.running);
  const open = withCount(takeOldest(before.open, filled), Math.max(0, desired - running), now);
  return { open, running, filledAt: filled > 0 ? now : before.filledAt };
}

/** The requests with what was decided now: more are made, or the youngest taken back. */
export function askForSpot(requests: SpotRequests, desired: number, now: number): SpotRequests {
  return { ...requests, open: withCount(requests.open, Math.max(0, desired - requests.running), now) };
}

/** Requests that are unfilled for so many grace periods count as hopeless, whatever else was filled meanwhile. */
const patience = 3;

/**
 * Whether there are no spot machines: nothing was filled for the whole grace period though a request is that old, or a
 * request is older still while others trickle in.
 */
export function isSpotMissing({ open, filledAt }: SpotRequests, graceMs: number, now: number): boolean {
  const oldest = open[0]?.at;
  if (oldest === undefined) return false;
  return now - Math.max(oldest, filledAt ?? oldest) >= graceMs || now - oldest >= patience * graceMs;
}

function withCount(open: readonly SpotRequest[], count: number, now: number): readonly SpotRequest[] {
  const total = open.reduce((sum, request) => sum + request.count, 0);
  if (count > total) return [...open, { count: count - total, at: now }];
  return takeOldest(open.toReversed(), total - count).toReversed();
}

/** What remains when `count` are taken away from the beginning. */
function takeOldest(open: readonly SpotRequest[], count: number): SpotRequest[] {
  let left = count;
  return open.flatMap((request) => {
    const taken = Math.min(left, request.count);
    left -= taken;
    return taken === request.count ? [] : [{ ...request, count: request.count - taken }];
  });
}
