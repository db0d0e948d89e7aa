import { Hono } from "hono";
import type * as z from "zod";
import { liveAccountSecrets, rotateAccountSecret } from "../../../shared/access/account-secrets.ts";
import { NotFoundError } from "../../../shared/errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { isoTime } from "../http/iso-time.ts";
import type { rotatedSecretSchema, webhookSecretSchema } from "./webhook-responses.ts";

const noStore = { "Cache-Control": "no-store" };

/**
 * `/v1/webhooks/default/secret`: the secret that signs the webhooks of this account's single jobs. `rotate` makes a new
 * one; the one before it signs as well for a day, as that of an endpoint does.
 */
export function webhookSecretRoute({ apiKeys, items, clock, authenticate }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>()
    .get("/default/secret", authenticate("webhooks:read"), async (c) => {
      const [key] = liveAccountSecrets(await apiKeys.getAccount(c.get("identity").accountId), clock.now());
      if (key === undefined) throw new NotFoundError("webhook_secret_not_found", "this account has no webhook secret");
      const body: z.infer<typeof webhookSecretSchema> = { key };
      return c.json(body, 200, noStore);
    })
    .post("/default/secret/rotate", authenticate("webhooks:write"), async (c) => {
      const { secret, previousUntil } = await rotateAccountSecret({ items, clock }, c.get("identity").accountId);
      const body: z.infer<typeof rotatedSecretSchema> = { key: secret, previous_until: isoTime(previousUntil) };
      return c.json(body, 200, noStore);
    });
}
