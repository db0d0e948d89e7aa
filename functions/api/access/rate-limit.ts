import type { MiddlewareHandler } from "hono";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { ApiEnv } from "../dependencies.ts";
import { ApiError } from "../problems/api-error.ts";
import type { Identity } from "./identity.ts";

const windowS = 60;
const maxBuckets = 10_000;

interface Bucket {
  /** Requests that may be made now; not whole. */
  tokens: number;
  at: number;
}

/**
 * Requests per minute of a key and of its account, as token buckets that fill evenly. Kept in the memory of this
 * process: a refusal costs no write and no read, and several API processes each allow the whole rate. What must hold
 * across processes (money, open jobs) is in the table.
 */
export function createRateLimit({ clock }: { readonly clock: Clock }): MiddlewareHandler<ApiEnv> {
  const buckets = new Map<string, Bucket>();

  /** The bucket as it is now. The least recently used ones go; a full one is the same as none. */
  function fill(name: string, limit: number): Bucket {
    const now = clock.now();
    const known = buckets.get(name);
    const tokens =
      known === undefined ? limit : Math.min(limit, known.tokens + ((now - known.at) * limit) / (windowS * 1000));
    const bucket = { tokens, at: now };
    buckets.delete(name);
    if (buckets.size >= maxBuckets) buckets.delete(buckets.keys().next().value!);
    buckets.set(name, bucket);
    return bucket;
  }

  return async (c, next) => {
    const limited = limitsOf(c.get("identity")).map(({ name, limit }) => ({ name, limit, bucket: fill(name, limit) }));
    // The headers report the limit that is closest to being reached.
    const nearest = limited.toSorted((a, b) => a.bucket.tokens - b.bucket.tokens)[0];
    if (nearest === undefined) return next();
    const { limit, bucket } = nearest;
    if (bucket.tokens < 1) {
      const waitS = Math.ceil(((1 - bucket.tokens) * windowS) / limit);
      const message = `more than ${limit} requests in a minute; try again in ${waitS} s, or ask for a higher limit`;
      throw new ApiError(429, "rate_limited", message, {
        retryable: true,
        values: { limit, retry_after_s: waitS },
        headers: { ...headersOf(limit, 0), "retry-after": String(waitS) },
      });
    }
    for (const each of limited) each.bucket.tokens -= 1;
    const headers = headersOf(limit, bucket.tokens);
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  };
}

function limitsOf({ keyId, accountId, limits, terms }: Identity): { name: string; limit: number }[] {
  return [
    { name: keyId, limit: limits?.requestsPerMinute },
    { name: accountId, limit: terms.requestsPerMinute },
  ].filter((entry): entry is { name: string; limit: number } => entry.limit !== undefined);
}

/** OpenAI's names, and those of the IETF draft (draft-ietf-httpapi-ratelimit-headers). */
function headersOf(limit: number, tokens: number): { [name: string]: string } {
  const remaining = Math.floor(tokens);
  const fullInS = Math.ceil(((limit - tokens) * windowS) / limit);
  return {
    "x-ratelimit-limit-requests": String(limit),
    "x-ratelimit-remaining-requests": String(remaining),
    "x-ratelimit-reset-requests": `${fullInS}s`,
    "ratelimit-policy": `"requests";q=${limit};w=${windowS}`,
    ratelimit: `"requests";r=${remaining};t=${fullInS}`,
  };
}
