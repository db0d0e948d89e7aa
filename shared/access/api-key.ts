/**
 * An API key. It authenticates as its account, and is stored as its SHA-256 alone: a copy of the table gives no access.
 */
export interface ApiKey {
  /** `key_` + ULID. */
  readonly id: string;
  readonly accountId: string;
  readonly name: string;
  /** The first characters of the key, to tell keys apart in a list. */
  readonly hint: string;
  /** Scopes, for example `jobs:read`; `*` grants all but the operator's. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch, as are all times here. */
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  /** Written at most once an hour. */
  readonly lastUsedAt?: number;
  readonly limits?: KeyLimits;
  /**
   * For so many seconds after its response, a request without `Idempotency-Key` and without seed is taken for the order
   * of any equal one and gives that the same job, for clients that send a request a second time without a mark. 1 to
   * `maxDeduplicationWindowS`. 0 or null is no window. @default null
   */
  readonly deduplicationWindowS?: number | null;
  /** False where the files of its images never say how they were drawn: its prompts are secrets. @default true */
  readonly parametersInFile?: boolean;
  /** During a rotation: until when the previous value is accepted as well. */
  readonly previousUntil?: number;
}

/** Whether a key is valid: neither revoked nor expired. @param now - milliseconds since the epoch */
export function isLive({ revokedAt, expiresAt }: Pick<ApiKey, "revokedAt" | "expiresAt">, now: number): boolean {
  return revokedAt === undefined && (expiresAt === undefined || expiresAt > now);
}

/** Limits of one key, beside those of its account. */
export interface KeyLimits {
  readonly requestsPerMinute?: number;
  /** Maximum number of open jobs. */
  readonly maxOpenJobs?: number;
  /** Most micro-units in a calendar month (UTC). */
  readonly monthlyCap?: number;
}

export interface KeyOptions {
  readonly name?: string;
  /** @default everything, and for a key with limits everything but `keys:admin`, which makes keys without them */
  readonly scopes?: readonly string[];
  readonly expiresAt?: number;
  readonly limits?: KeyLimits;
  readonly deduplicationWindowS?: number | null;
  readonly parametersInFile?: boolean;
}

export interface KeyChange {
  readonly name?: string;
  /** Changes the limits given; `undefined` removes one. */
  readonly limits?: { readonly [Name in keyof KeyLimits]: number | undefined };
  readonly deduplicationWindowS?: number | null;
  readonly parametersInFile?: boolean;
}

/**
 * The scopes of a key. `*` grants every scope except the operator's, which must be named: the owner of an account
 * does not run the service.
 */
export const operatorScope = "accounts:admin";
export const keyScopes: readonly string[] = [
  "*",
  "jobs:write",
  "jobs:read",
  "files:read",
  "files:write",
  "images:verify",
  "models:read",
  "webhooks:read",
  "webhooks:write",
  "usage:read",
  "keys:admin",
  operatorScope,
];

/** The same scopes but the one that makes keys, for a key with limits that names no scopes. */
export function withoutAdmin(scopes: readonly string[]): readonly string[] {
  const all = scopes.includes("*") ? keyScopes.filter((scope) => scope !== "*" && scope !== operatorScope) : scopes;
  return all.filter((scope) => scope !== "keys:admin");
}
