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
  /** Whether the server is told of connections that end before their response. */
  readonly hearsLostConnections: boolean;
}

/**
 * Whether a request is the order of an earlier equal one, because the owner of its key wants every equal request to be
 * one order.
 */
export function isWithinWindow(
  { receivedAt, windowMs, hearsLostConnections }: WindowedRequest,
  { at, answeredAt }: EarlierRequest,
): boolean {
  // A request that began before the other was answered is an order beside it, or, where nobody is told of lost
  // connections, its repetition.
  if (answeredAt !== undefined) return answeredAt <= receivedAt && receivedAt - answeredAt < windowMs;
  return !hearsLostConnections && receivedAt - at >= apartMs && receivedAt - at < longestResponseMs + windowMs;
}
