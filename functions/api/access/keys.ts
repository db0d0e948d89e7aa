import { Hono } from "hono";
import type * as z from "zod";
import type { ApiKey, KeyLimits } from "../../../shared/access/api-key.ts";
import { InvalidInputError } from "../../../shared/errors.ts";
import { ownTurn } from "../../../shared/process/own-turn.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { isoTime, isoTimeOrNull } from "../http/iso-time.ts";
import { readJsonBody } from "../http/json-body.ts";
import { keyChangeSchema, type keyLimitsSchema, keyRequestSchema, rotateRequestSchema } from "./key-schemas.ts";
import { assertMayChange, assertMayGrant, assertMayRotate, expiryFor, limitsFor, scopesFor } from "./may-grant.ts";
import type { keyResourceSchema } from "./money-responses.ts";

const defaultOverlapS = 86_400;

/** `/v1/keys`: an account's keys, for keys of it that may manage them. */
export function keysRoute({ apiKeys, authenticate }: RouteDependencies): Hono<ApiEnv> {
  const admin = authenticate("keys:admin");
  return new Hono<ApiEnv>()
    .get("/", admin, async (c) => {
      const keys = await apiKeys.listKeys(c.get("identity").accountId);
      // A thousand of them are many milliseconds of text.
      await ownTurn();
      return c.json({ data: keys.map((key) => presentKey(key)) }, 200, noStore);
    })
    .post("/", admin, bodyLimit(), async (c) => {
      const identity = c.get("identity");
      const request = parseFields(keyRequestSchema, await readJsonBody(c.req.raw));
      const limits = limitsFor(identity, definedLimits(request.limits ?? {}));
      const { scopes = scopesFor(identity, Object.keys(limits).length > 0) } = request;
      assertMayGrant(identity, scopes);
      const expiresAt = expiryFor(identity, expiryOf(request.expires_at));
      const { key, value } = await apiKeys.createKey(identity.accountId, {
        name: request.name,
        scopes,
        expiresAt,
        limits: Object.keys(limits).length > 0 ? limits : undefined,
        ...windowOf(request),
      });
      return c.json(presentKey(key, value), 201, { ...noStore, Location: `/v1/keys/${key.id}` });
    })
    .get("/:id", admin, async (c) => {
      return c.json(presentKey(await apiKeys.getKey(c.get("identity").accountId, c.req.param("id"))), 200, noStore);
    })
    .patch("/:id", admin, bodyLimit(), async (c) => {
      const change = parseFields(keyChangeSchema, await readJsonBody(c.req.raw));
      const limits = change.limits === undefined ? undefined : changedLimits(change.limits);
      if (limits !== undefined) assertMayChange(c.get("identity"), limits);
      const key = await apiKeys.changeKey(c.get("identity").accountId, c.req.param("id"), {
        name: change.name,
        limits,
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
      assertMayRotate(identity, await apiKeys.getKey(identity.accountId, c.req.param("id")));
      const overlapMs = (request.overlap_s ?? defaultOverlapS) * 1000;
      const { key, value } = await apiKeys.rotateKey(identity.accountId, c.req.param("id"), overlapMs);
      return c.json(presentKey(key, value), 200, noStore);
    });
}

const noStore = { "Cache-Control": "no-store" };

function expiryOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new InvalidInputError("invalid_value", `expires_at is no time: ${text}`, { param: "expires_at" });
  return at;
}

/** With `undefined` for those to take away. */
function changedLimits(given: z.infer<typeof keyLimitsSchema>): {
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
  parameters_in_file: parametersInFile,
}: z.infer<typeof keyChangeSchema>): Pick<ApiKey, "deduplicationWindowS" | "parametersInFile"> {
  return {
    ...(deduplicationWindowS !== undefined && { deduplicationWindowS }),
    ...(parametersInFile !== undefined && { parametersInFile }),
  };
}

export function presentKey(key: ApiKey, value?: string): z.infer<typeof keyResourceSchema> {
  const { requestsPerMinute = null, maxOpenJobs = null, monthlyCap = null } = key.limits ?? {};
  return {
    id: key.id,
    object: "key" as const,
    name: key.name,
    hint: key.hint,
    scopes: [...key.scopes],
    limits: { requests_per_minute: requestsPerMinute, max_open_jobs: maxOpenJobs, monthly_cap: monthlyCap },
    deduplication_window_s: key.deduplicationWindowS ?? null,
    parameters_in_file: key.parametersInFile ?? true,
    created_at: isoTime(key.createdAt),
    expires_at: isoTimeOrNull(key.expiresAt),
    revoked_at: isoTimeOrNull(key.revokedAt),
    last_used_at: isoTimeOrNull(key.lastUsedAt),
    previous_value_until: isoTimeOrNull(key.previousUntil),
    value,
  };
}
