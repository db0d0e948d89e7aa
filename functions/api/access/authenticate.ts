import { createHash } from "node:crypto";
import { isIP } from "node:net";
import type { Context, MiddlewareHandler } from "hono";
import { type ApiKey, operatorScope } from "../../../shared/access/api-key.ts";
import type { ApiEnv, AuthenticateOptions, RouteDependencies } from "../dependencies.ts";
import { ApiError } from "../problems/api-error.ts";
import type { Identity } from "./identity.ts";
import { identityOf } from "./identity-of.ts";

/** A revoked key stops working within this time. */
const cacheMs = 5_000;
const maxCachedKeys = 1_000;

/**
 * Makes the middleware that lets only keys with a scope pass, or without one every key. All of one app share one
 * short-lived cache.
 */
export function createAuthenticate({
  apiKeys,
  clock,
  localPage,
}: Pick<RouteDependencies, "apiKeys" | "clock" | "localPage">) {
  const cache = new Map<string, { readonly identity: Identity; readonly until: number }>();

  async function identify(
    presented: string,
    findKey: (presented: string) => Promise<ApiKey | undefined>,
    kind: "key" | "session",
  ): Promise<Identity | undefined> {
    // By digest, so that no key stays in memory.
    const digest = createHash("sha256").update(`${kind} ${presented}`).digest("base64");
    const cached = cache.get(digest);
    if (cached !== undefined && cached.until > clock.now()) return cached.identity;
    const key = await findKey(presented);
    cache.delete(digest);
    if (key === undefined) return undefined;
    if (cache.size >= maxCachedKeys) cache.delete(cache.keys().next().value!);
    const until = Math.min(clock.now() + cacheMs, key.expiresAt ?? Number.POSITIVE_INFINITY);
    const identity = identityOf(key, await apiKeys.getAccount(key.accountId));
    cache.set(digest, { identity, until });
    return identity;
  }

  const byKey = (presented: string) => identify(presented, (value) => apiKeys.findKey(value), "key");

  async function bySession(c: Context): Promise<Identity | undefined> {
    const session = localPage?.presentedSession(c);
    return session === undefined ? undefined : identify(session, (value) => localPage!.findKey(value), "session");
  }

  return (scope: string | undefined, { withoutKey }: AuthenticateOptions = {}): MiddlewareHandler<ApiEnv> =>
    async (c, next) => {
      const presented = presentedKey(c) ?? (mayBringNone(c) ? withoutKey : undefined);
      const identity = presented === undefined ? await bySession(c) : await byKey(presented);
      if (identity === undefined) throw unauthorized(presented !== undefined);
      // Before the scope is looked at: a refusal is logged with its key.
      c.set("identity", identity);
      if (scope !== undefined) assertScope(identity, scope);
      await next();
    };
}

/**
 * A request without a key is taken only from a program, and at an address that no stranger's name can stand for: a page
 * in the user's browser sends its origin, or has a host name.
 */
function mayBringNone(c: Context): boolean {
  const { hostname } = new URL(c.req.url);
  const isAddress = hostname === "localhost" || isIP(hostname.replace(/^\[|\]$/g, "")) !== 0;
  const isProgram = c.req.header("origin") === undefined && c.req.header("sec-fetch-site") === undefined;
  return isAddress && isProgram && c.req.header("authorization") === undefined;
}

export function hasScope({ scopes }: Identity, scope: string): boolean {
  return scopes.includes(scope) || (scopes.includes("*") && scope !== operatorScope);
}

/** @throws ApiError 403 `insufficient_scope` */
export function assertScope(identity: Identity, scope: string): void {
  if (hasScope(identity, scope)) return;
  throw new ApiError(403, "insufficient_scope", `this needs an API key with the scope ${scope}`);
}

/**
 * `Authorization: Bearer K` (most clients), `Key K` (fal's), or `Basic` with the key as the password, whatever the
 * name.
 */
function presentedKey(c: Context): string | undefined {
  const header = c.req.header("authorization") ?? "";
  const basic = /^Basic +([\w+/=-]{1,1000})$/i.exec(header)?.[1];
  if (basic === undefined) return /^(?:Bearer|Key) +(\S+)$/i.exec(header)?.[1];
  const pair = Buffer.from(basic, "base64").toString();
  return pair.slice(pair.indexOf(":") + 1) || undefined;
}

function unauthorized(presented: boolean): ApiError {
  const message = presented
    ? "the API key is unknown, revoked or expired; check it for typing errors or make a new one"
    : "no API key; send the header Authorization: Bearer <key>";
  return new ApiError(401, "unauthorized", message, { headers: { "www-authenticate": 'Bearer realm="z-image"' } });
}
