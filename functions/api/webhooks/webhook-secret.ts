import { Hono } from "hono";
import { NotFoundError } from "../../../shared/errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";

/** `GET /v1/webhooks/default/secret`: the newest secret that this account's webhooks are signed with. */
export function webhookSecretRoute({ apiKeys, authenticate }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/default/secret", authenticate("webhooks:read"), async (c) => {
    const account = await apiKeys.getAccount(c.get("identity").accountId);
    const key = account?.webhookSecrets[0];
    if (key === undefined) throw new NotFoundError("webhook_secret_not_found", "this account has no webhook secret");
    return c.json({ key }, 200, { "Cache-Control": "no-store" });
  });
}
