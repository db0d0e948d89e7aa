import { type Context, Hono } from "hono";
import type * as z from "zod";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { isoTime } from "../http/iso-time.ts";
import { readJsonBody } from "../http/json-body.ts";
import type { blockListResourceSchema } from "./moderation-responses.ts";
import { blockListRequestSchema } from "./moderation-schemas.ts";

/** `/v1/block-list`: phrases that an account refuses by itself, beside those of the deployment. */
export function blockListRoute({ authenticate, moderator }: RouteDependencies): Hono<ApiEnv> {
  const { lists } = moderator;
  const accountOf = (c: Context<ApiEnv>) => c.get("identity").accountId;
  // Not with a key that draws: it could take away the rules that it is held to.
  const admin = authenticate("keys:admin");
  return new Hono<ApiEnv>()
    .get("/", authenticate("jobs:read"), async (c) => c.json(present(await lists.get(accountOf(c))), 200, noStore))
    .put("/", admin, bodyLimit(), async (c) => {
      const { entries } = parseFields(blockListRequestSchema, await readJsonBody(c.req.raw));
      return c.json(present(await lists.put(accountOf(c), entries)), 200, noStore);
    });
}

const noStore = { "Cache-Control": "no-store" };

function present(list: Awaited<ReturnType<RouteDependencies["moderator"]["lists"]["get"]>>) {
  const resource: z.infer<typeof blockListResourceSchema> = {
    object: "block_list",
    entries: list?.entries ?? [],
    changed_at: list === undefined ? null : isoTime(list.changedAt),
  };
  return resource;
}
