import { type ApiKey, type KeyLimits, operatorScope, withoutAdmin } from "../../../shared/access/api-key.ts";
import { ApiError } from "../problems/api-error.ts";
import type { Identity } from "./identity.ts";

/**
 * A rotation gives the value of `target` to whoever asks, who must be allowed all that it is allowed.
 * @throws ApiError 403 `insufficient_scope`, `limit_exceeded`
 */
export function assertMayRotate(identity: Identity, target: ApiKey): void {
  assertMayGrant(identity, target.scopes);
  if (target.id === identity.keyId) return;
  assertWithinOwn(identity.limits ?? {}, target.limits ?? {});
  expiryFor(identity, target.expiresAt ?? Number.POSITIVE_INFINITY);
}

/**
 * A key gives away only scopes that it has itself.
 * @throws ApiError 403 `insufficient_scope`
 */
export function assertMayGrant({ scopes: own }: Pick<Identity, "scopes">, wanted: readonly string[]): void {
  const missing = wanted.find((scope) => !own.includes(scope) && (scope === operatorScope || !own.includes("*")));
  if (missing === undefined) return;
  const message = `a key may give only scopes that it has itself; this one has no ${missing}`;
  throw new ApiError(403, "insufficient_scope", message, { param: "scopes" });
}

/** Scopes of a new key that names none: its maker's, and for a key with limits all but the one that could lift them. */
export function scopesFor({ scopes: own }: Pick<Identity, "scopes">, isLimited: boolean): readonly string[] {
  return isLimited ? withoutAdmin(own) : own;
}

const fields = {
  requestsPerMinute: "limits.requests_per_minute",
  maxOpenJobs: "limits.max_open_jobs",
  monthlyCap: "limits.monthly_cap",
} as const;

/**
 * Limits of a new key: those asked for, and its maker's own where none is named.
 * @throws ApiError 403 `limit_exceeded` for more than its maker has
 */
export function limitsFor({ limits: own = {} }: Pick<Identity, "limits">, wanted: KeyLimits): KeyLimits {
  const limits = { ...own, ...wanted };
  assertWithinOwn(own, limits);
  return limits;
}

/**
 * Refuses a change that would lift a limit beyond the asking key's own, its own limits included.
 * @param change - named limits; `undefined` takes one away
 * @throws ApiError 403 `limit_exceeded`
 */
export function assertMayChange(
  { limits: own = {} }: Pick<Identity, "limits">,
  change: { readonly [Name in keyof KeyLimits]: number | undefined },
): void {
  const named = Object.keys(change) as (keyof KeyLimits)[];
  assertWithinOwn(Object.fromEntries(named.map((name) => [name, own[name]])), change);
}

function assertWithinOwn(own: KeyLimits, wanted: KeyLimits): void {
  for (const [name, param] of Object.entries(fields) as [keyof typeof fields, string][]) {
    const [most, asked] = [own[name], wanted[name]];
    if (most === undefined || (asked !== undefined && asked <= most)) continue;
    const message = `${param} must be at most ${most}, the limit of the key that asks, got ${asked ?? "none"}`;
    throw new ApiError(403, "limit_exceeded", message, { param });
  }
}

/**
 * When a new key expires: as asked, and not after its maker.
 * @throws ApiError 403 `limit_exceeded`
 */
export function expiryFor(
  { expiresAt: own }: Pick<ApiKey, "expiresAt">,
  wanted: number | undefined,
): number | undefined {
  if (own === undefined || wanted === undefined || wanted <= own) return wanted ?? own;
  const message = `expires_at must not be after ${new Date(own).toISOString()}, when the key that asks expires`;
  throw new ApiError(403, "limit_exceeded", message, { param: "expires_at" });
}
