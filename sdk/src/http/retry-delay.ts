import { ApiError, ConnectionError, TimeoutError } from "../errors.ts";

/** `always`: safe to send again. `refused`: only after the API has said that it did nothing (429). */
export type Repeatable = "always" | "refused";

const firstDelayMs = 500;
const maxDelayMs = 8_000;
/** A server that asks for a longer pause than this gets its error passed to the caller. */
const maxRetryAfterMs = 60_000;
const retriedStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/**
 * How long to wait before the next attempt: doubling from half a second, up to a quarter less by chance, and never less
 * than `Retry-After`.
 * @param attempt - how many were made, from 1
 * @param random - 0 to below 1
 * @returns `undefined` when there must be no further attempt
 */
export function retryDelayMs(
  error: unknown,
  {
    attempt,
    maxRetries,
    repeatable,
    random,
  }: { attempt: number; maxRetries: number; repeatable: Repeatable; random: number },
): number | undefined {
  if (attempt > maxRetries || !isWorthRepeating(error, repeatable)) return undefined;
  const backoffMs = Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1)) * (1 - random / 4);
  const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  return askedMs > maxRetryAfterMs ? undefined : Math.max(backoffMs, askedMs);
}

function isWorthRepeating(error: unknown, repeatable: Repeatable): boolean {
  if (error instanceof ApiError) {
    if (!retriedStatuses.has(error.status) || !error.retryable) return false;
    return repeatable === "always" || error.status === 429;
  }
  return repeatable === "always" && (error instanceof ConnectionError || error instanceof TimeoutError);
}
