import { Hono } from "hono";
import * as z from "zod";
import { NotFoundError } from "../../../shared/errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";

export const webhookSecretSchema = z
  .object({ key: z.string().describe("`whsec_` and base64; what webhook signatures are checked with.") })
  .meta({ id: "WebhookSecret" });

/** `GET /v1/webhooks/default/secret`: the newest secret that this account's webhooks are signed with. */
export function webhookSecretRoute({ apiKeys, authenticate }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/default/secret", authenticate("webhooks:read"), async (c) => {
    const account = await apiKeys.getAccount(c.get("identity").accountId);
    const key = account?.webhookSecrets[0];
    if (key === undefined) throw new NotFoundError("webhook_secret_not_found", "this account has no webhook secret");
    return c.json({ key }, 200, { "Cache-Control": "no-store" });
  });
}
