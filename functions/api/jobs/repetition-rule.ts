import type { ClientPace } from "./client-pace.ts";
import type { EarlierRequest } from "./client-retry.ts";

/** Of a request that carries neither an `Idempotency-Key` nor a mark of being sent again. */
export interface UnmarkedRequest {
  /** Milliseconds since the epoch, as are all times here. */
  readonly receivedAt: number;
  /** Of its API key: `ApiKey.deduplicationWindowS`. */
  readonly deduplicationWindowS: number | null | undefined;
  readonly seedGiven: boolean;
  /** Of its client, where that is known. */
  readonly pace: ClientPace | undefined;
  /** Whether an answer that was sent at this place, of an earlier request, has shown itself to have arrived. */
  readonly hasArrived: (connection: string) => boolean;
  /** Whether the server is told of connections that end before their answer. */
  readonly hearsLostConnections: boolean;
}

/** A client's clock and ours, and those of two servers, are this much apart; milliseconds. */
const earlyMs = 50;
/** What the way there and back adds to a client's wait; milliseconds. */
const lateMs = 1_000;
/** Equal requests that one call is split into come closer together than this, and no client gives one up so early; milliseconds. */
const apartMs = 1_000;
/** Nobody waits longer than this for one answer; milliseconds. */
export const longestAnswerMs = 15 * 60_000;

/** Which earlier equal requests this one may repeat; `undefined` where none. */
export function repetitionRule(request: UnmarkedRequest): ((earlier: EarlierRequest) => boolean) | undefined {
  const { deduplicationWindowS, pace, seedGiven } = request;
  if (deduplicationWindowS === 0) return undefined;
  const windowMs = seedGiven ? 0 : (deduplicationWindowS ?? 0) * 1_000;
  if (windowMs === 0 && pace === undefined) return undefined;
  return (earlier) =>
    (windowMs > 0 && isWithin(windowMs, earlier, request)) || (pace !== undefined && keepsPace(pace, earlier, request));
}

/** The key's owner wants every equal request to be one order. */
function isWithin(
  windowMs: number,
  { at, answeredAt }: EarlierRequest,
  { receivedAt, hearsLostConnections }: UnmarkedRequest,
): boolean {
  // What began before the other was answered is an order beside it, or the repetition of one whose connection was lost, where nobody
  // is told of that.
  if (answeredAt !== undefined) return answeredAt <= receivedAt && receivedAt - answeredAt < windowMs;
  return !hearsLostConnections && receivedAt - at >= apartMs && receivedAt - at < longestAnswerMs + windowMs;
}

/**
 * It comes just when its client would send it again if it had lost the answer, whose connection has ended, and nothing shows that the answer
 * arrived. Where connections are not the clients' own this cannot be told from a wish for another picture, and is taken for one.
 */
function keepsPace(
  pace: ClientPace,
  { lastAnsweredAt, attached, seen, connection }: EarlierRequest,
  { receivedAt, hasArrived }: UnmarkedRequest,
): boolean {
  const wait = pace[attached];
  if (wait === undefined || lastAnsweredAt === undefined || seen) return false;
  if (connection === undefined || hasArrived(connection)) return false;
  const [shortest, longest] = wait;
  const waited = receivedAt - lastAnsweredAt;
  return waited >= Math.max(0, shortest - earlyMs) && waited <= longest + lateMs;
}
