import { createHmac, timingSafeEqual } from "node:crypto";

/** A link to a stored object that needs no header: anyone who has it may GET the object until it expires. */
interface SignedLink {
  readonly url: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export interface LinkSigner {
  /** Address that clients reach us under, without a trailing slash. */
  readonly origin: string;
  /**
   * @param until - milliseconds since the epoch; without it the link lives for about the signer's time and changes by
   * the hour, with it the address is always the same
   */
  file(key: string, until?: number): SignedLink;
}

export interface LinkSignerOptions {
  readonly secret: string;
  /** @example https://images.example.com */
  readonly origin: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Shortest life of a link, in seconds. */
  readonly lifeS: number;
}

const hourS = 3600;

/**
 * Makes `{origin}/v1/files/{key}/content/{name}?exp=…&sig=…`: the name is for saved files. `exp` (seconds)
 * is rounded up to the hour, so that a page that asks again gets the same address and the browser's cache works.
 */
export function createLinkSigner({ secret, origin, now, lifeS }: LinkSignerOptions): LinkSigner {
  return {
    origin,
    file(key, until) {
      const exp = until === undefined ? Math.ceil((now() / 1000 + lifeS) / hourS) * hourS : Math.floor(until / 1000);
      const path = key.split("/").map(encodeURIComponent).join("/");
      return {
        url: `${origin}/v1/files/${path}/content/${encodeURIComponent(fileNameOf(key))}?exp=${exp}&sig=${signature(secret, key, String(exp))}`,
        expiresAt: exp * 1000,
      };
    },
  };
}

/**
 * The name under which an object is saved: an image after its job and index, anything else after the end of its key.
 */
export function fileNameOf(key: string): string {
  const [, jobId, index, extension] = /^o\/(job_\w+)\/(?:once-)?(\d+)-[^/]*\.(\w+)$/.exec(key) ?? [];
  return jobId === undefined ? key.slice(key.lastIndexOf("/") + 1) : `${jobId}-${index}.${extension}`;
}

/**
 * `exp` and `sig` for a path of another kind, to be judged by `checkLink` with `subject` as its key. A subject must not
 * be a key that objects have, or its signature would open that object.
 * @param now - milliseconds since the epoch
 */
export function signPath(
  secret: string,
  subject: string,
  { now, lifeS }: { readonly now: number; readonly lifeS: number },
): { readonly exp: string; readonly sig: string } {
  const exp = String(Math.ceil((now / 1000 + lifeS) / hourS) * hourS);
  return { exp, sig: signature(secret, subject, exp) };
}

export type LinkVerdict = "valid" | "expired" | "invalid";

/**
 * Judge the `exp` and `sig` that came with a request. A link that was never signed is `invalid`, also when its time is
 * past.
 */
export function checkLink(
  secret: string,
  { key, exp, sig }: { key: string; exp: string | undefined; sig: string | undefined },
  now: number,
): LinkVerdict {
  if (exp === undefined || sig === undefined || !/^\d{1,12}$/.test(exp)) return "invalid";
  const expected = Buffer.from(signature(secret, key, exp));
  const presented = Buffer.from(sig);
  if (presented.length !== expected.length || !timingSafeEqual(presented, expected)) return "invalid";
  return Number(exp) * 1000 > now ? "valid" : "expired";
}

function signature(secret: string, key: string, exp: string): string {
  return createHmac("sha256", secret).update(`${exp}\n${key}`).digest("base64url");
}
