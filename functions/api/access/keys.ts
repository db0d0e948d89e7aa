import { Hono } from "hono";
import * as z from "zod";
import { type ApiKey, type KeyLimits, keyScopes, operatorScope } from "../../../shared/access/api-keys.ts";
import { InvalidInputError } from "../../../shared/errors.ts";
import { maxDeduplicationWindowS } from "../../../shared/limits.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, Identity, RouteDependencies } from "../dependencies.ts";
import { ApiError } from "../http/api-error.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { readJsonBody } from "../http/json-body.ts";
import type { keyResourceSchema } from "./money-responses.ts";

const defaultOverlapS = 86_400;
const maxOverlapS = 30 * 86_400;

const name = z.string().max(100).describe("For people.");
const limit = z.int().min(1).max(1_000_000_000);
export const keyLimitsSchema = z.strictObject({
  requests_per_minute: limit.nullable().optional(),
  max_open_jobs: limit.nullable().optional().describe("Jobs accepted and not over."),
  monthly_cap: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .nullable()
    .optional()
    .describe("Most whole micro-units in a calendar month (UTC)."),
});

export const deduplicationWindowSchema = z
  .int()
  .min(0)
  .max(maxDeduplicationWindowS)
  .nullable()
  .describe(
    "For so many seconds after an answer was sent, an equal request of this key without Idempotency-Key and without seed is given the same job again. 0 is never. null, the default, is only when its client would send it again by itself and nothing shows that the answer arrived.",
  );

export const keyRequestSchema = z
  .strictObject({
    name: name.optional(),
    scopes: z
      .array(z.enum(keyScopes))
      .min(1)
      .max(keyScopes.length)
      .optional()
      .describe("At most those of the key that asks. Default: those."),
    expires_at: z.iso
      .datetime({ offset: true, error: "must be a time such as 2027-01-31T12:00:00Z" })
      .optional()
      .describe("Default: never."),
    limits: keyLimitsSchema.optional(),
    deduplication_window_s: deduplicationWindowSchema.optional(),
  })
  .meta({ id: "KeyRequest" });

export const keyChangeSchema = z
  .strictObject({
    name: name.optional(),
    limits: keyLimitsSchema.optional().describe("Those named; null takes one away."),
    deduplication_window_s: deduplicationWindowSchema.optional(),
  })
  .meta({ id: "KeyChange" });

export const rotateRequestSchema = z
  .strictObject({
    overlap_s: z
      .int()
      .min(0)
      .max(maxOverlapS)
      .optional()
      .describe("How long the old value still works. Default 24 hours."),
  })
  .meta({ id: "KeyRotation" });

/** `/v1/keys`: an account's keys, for keys of it that may manage them. */
export function keysRoute({ apiKeys, authenticate }: RouteDependencies): Hono<ApiEnv> {
  const admin = authenticate("keys:admin");
  return new Hono<ApiEnv>()
    .get("/", admin, async (c) => {
      const keys = await apiKeys.listKeys(c.get("identity").accountId);
      return c.json({ data: keys.map((key) => presentKey(key)) }, 200, noStore);
    })
    .post("/", admin, bodyLimit(), async (c) => {
      const identity = c.get("identity");
      const request = parseFields(keyRequestSchema, await readJsonBody(c.req.raw));
      const { scopes = identity.scopes } = request;
      assertMayGrant(identity, scopes);
      const expiresAt = expiryOf(request.expires_at);
      const { key, value } = await apiKeys.createKey(identity.accountId, {
        name: request.name,
        scopes,
        expiresAt,
        limits: request.limits === undefined ? undefined : definedLimits(request.limits),
        ...windowOf(request),
      });
      return c.json(presentKey(key, value), 201, { ...noStore, Location: `/v1/keys/${key.id}` });
    })
    .get("/:id", admin, async (c) => {
      return c.json(presentKey(await apiKeys.getKey(c.get("identity").accountId, c.req.param("id"))), 200, noStore);
    })
    .patch("/:id", admin, bodyLimit(), async (c) => {
      const change = parseFields(keyChangeSchema, await readJsonBody(c.req.raw));
      const key = await apiKeys.changeKey(c.get("identity").accountId, c.req.param("id"), {
        name: change.name,
        limits: change.limits === undefined ? undefined : changedLimits(change.limits),
        ...windowOf(change),
      });
      return c.json(presentKey(key), 200, noStore);
    })
    .delete("/:id", admin, async (c) => {
      const key = await apiKeys.revokeKey(c.get("identity").accountId, c.req.param("id"));
      return c.json(presentKey(key), 200, noStore);
    })
    .post("/:id/rotate", admin, bodyLimit(), async (c) => {
      const identity = c.get("identity");
      const hasBody = Number(c.req.header("content-length") ?? "0") > 0 || c.req.header("content-type") !== undefined;
      const request = hasBody ? parseFields(rotateRequestSchema, await readJsonBody(c.req.raw)) : {};
      assertMayGrant(identity, (await apiKeys.getKey(identity.accountId, c.req.param("id"))).scopes);
      const overlapMs = (request.overlap_s ?? defaultOverlapS) * 1000;
      const { key, value } = await apiKeys.rotateKey(identity.accountId, c.req.param("id"), overlapMs);
      return c.json(presentKey(key, value), 200, noStore);
    });
}

const noStore = { "Cache-Control": "no-store" };

/** Nobody gives away, or takes over by rotation, what they do not have. */
function assertMayGrant({ scopes: own }: Identity, wanted: readonly string[]): void {
  const missing = wanted.find((scope) => !own.includes(scope) && (scope === operatorScope || !own.includes("*")));
  if (missing === undefined) return;
  throw new ApiError(
    403,
    "insufficient_scope",
    `a key may give only scopes that it has itself; this one has no ${missing}`,
    {
      param: "scopes",
    },
  );
}

function expiryOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new InvalidInputError("invalid_value", `expires_at is no time: ${text}`, { param: "expires_at" });
  return at;
}

/** With `undefined` for those to take away. */
export function changedLimits(given: z.infer<typeof keyLimitsSchema>): {
  readonly [Name in keyof KeyLimits]: number | undefined;
} {
  const names = {
    requests_per_minute: "requestsPerMinute",
    max_open_jobs: "maxOpenJobs",
    monthly_cap: "monthlyCap",
  } as const;
  return Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [names[field as keyof typeof names], value ?? undefined]),
  );
}

export function definedLimits(given: z.infer<typeof keyLimitsSchema>): KeyLimits {
  return Object.fromEntries(Object.entries(changedLimits(given)).filter(([, value]) => value !== undefined));
}

export function windowOf({
  deduplication_window_s: deduplicationWindowS,
}: z.infer<typeof keyChangeSchema>): Pick<ApiKey, "deduplicationWindowS"> {
  return deduplicationWindowS === undefined ? {} : { deduplicationWindowS };
}

export function presentKey(key: ApiKey, value?: string): z.infer<typeof keyResourceSchema> {
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  const { requestsPerMinute = null, maxOpenJobs = null, monthlyCap = null } = key.limits ?? {};
  return {
    id: key.id,
    object: "key" as const,
    name: key.name,
    hint: key.hint,
    scopes: [...key.scopes],
    limits: { requests_per_minute: requestsPerMinute, max_open_jobs: maxOpenJobs, monthly_cap: monthlyCap },
    deduplication_window_s: key.deduplicationWindowS ?? null,
    created_at: new Date(key.createdAt).toISOString(),
    expires_at: time(key.expiresAt),
    revoked_at: time(key.revokedAt),
    last_used_at: time(key.lastUsedAt),
    previous_value_until: time(key.previousUntil),
    value,
  };
}
