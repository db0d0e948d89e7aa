import { Hono } from "hono";
import type * as z from "zod";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { isoTime, isoTimeOrNull } from "../http/iso-time.ts";
import { hasScope } from "./authenticate.ts";
import { presentBalance } from "./balance.ts";
import type { ownKeySchema } from "./money-responses.ts";

/** `GET /v1/key`: the key that the request came with, for every key; the balance only for one that may read it. */
export function ownKeyRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { apiKeys, accounts, authenticate } = dependencies;
  return new Hono<ApiEnv>().get("/", authenticate(undefined), async (c) => {
    const identity = c.get("identity");
    const { accountId, keyId, terms } = identity;
    const [{ name, hint, scopes, limits = {}, createdAt, expiresAt }, account] = await Promise.all([
      apiKeys.getKey(accountId, keyId),
      accounts.get(accountId),
    ]);
    const key: z.infer<typeof ownKeySchema> = {
      id: keyId,
      object: "key",
      name,
      hint,
      scopes: [...scopes],
      limits: {
        requests_per_minute: limits.requestsPerMinute ?? null,
        max_open_jobs: limits.maxOpenJobs ?? null,
        monthly_cap: limits.monthlyCap ?? null,
      },
      created_at: isoTime(createdAt),
      expires_at: isoTimeOrNull(expiresAt),
      account: {
        id: accountId,
        name: account.name,
        unlimited: terms.unlimited ?? false,
        limits: {
          requests_per_minute: terms.requestsPerMinute ?? null,
          max_open_jobs: terms.maxOpenJobs ?? null,
          monthly_cap: terms.monthlyCap ?? null,
        },
      },
      balance: hasScope(identity, "usage:read") ? await presentBalance(identity, dependencies) : null,
    };
    return c.json(key, 200, { "Cache-Control": "no-store" });
  });
}
