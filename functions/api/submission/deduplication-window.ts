import { type EarlierRequest, longestResponseMs } from "./client-retry.ts";

/**
 * Equal requests that one call is split into come closer together than this, and no client gives one up so early;
 * milliseconds.
 */
const apartMs = 1_000;

/**
 * A request of a key with a deduplication window, with neither an `Idempotency-Key` nor a seed. Times in milliseconds
 * since the epoch.
 */
export interface WindowedRequest {
  readonly receivedAt: number;
  /** Window of the API key. */
  readonly windowMs: number;
  /** Whether the server learns of connections that end before their response. */
  readonly hearsLostConnections: boolean;
}

/**
 * Whether a request repeats an earlier equal one, because the owner of its key wants equal requests within the window
 * to be one order.
 */
export function isWithinWindow(
  { receivedAt, windowMs, hearsLostConnections }: WindowedRequest,
  { at, answeredAt }: EarlierRequest,
): boolean {
  // A request that began before the other had its response is a second order, or, where lost connections are not
  // noticed, a repetition.
  if (answeredAt !== undefined) return answeredAt <= receivedAt && receivedAt - answeredAt < windowMs;
  return !hearsLostConnections && receivedAt - at >= apartMs && receivedAt - at < longestResponseMs + windowMs;
}
