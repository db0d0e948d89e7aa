import { type Context, Hono } from "hono";
import * as z from "zod";
import { maxUrlCharacters } from "../../../shared/limits.ts";
import { assertAllowedUrl } from "../../../shared/net/guarded-fetch.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { readAttemptHours } from "../../../shared/webhooks/attempt-totals.ts";
import { WebhookEndpoints } from "../../../shared/webhooks/webhook-endpoints.ts";
import { endpointEventTypes } from "../../../shared/webhooks/webhook-event.ts";
import { DeliveryLog } from "../../webhook/delivery-log.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { isoTime, isoTimeOrNull } from "../http/iso-time.ts";
import { readJsonBody } from "../http/json-body.ts";
import { pageQuery } from "../http/page-query.ts";
import { deliveryPayload } from "./delivery-payload.ts";
import { presentDelivery, presentEndpoint } from "./present-webhook.ts";
import type { webhookHealthSchema } from "./webhook-responses.ts";

const url = z.string().max(maxUrlCharacters).describe("Public https URL on port 443 or 8443.");
const events = z
  .array(z.enum(endpointEventTypes))
  .max(endpointEventTypes.length)
  .describe("Event types to send. Empty or absent: all except job.started, job.progress and run.progress.");
const description = z.string().max(200);
const enabled = z.boolean().describe("If false, messages are logged as skipped and can be replayed later.");

export const newEndpointSchema = z
  .strictObject({ url, events: events.optional(), description: description.optional(), enabled: enabled.optional() })
  .meta({ id: "WebhookEndpointRequest", examples: [{ url: "https://example.com/hook", events: ["job.succeeded"] }] });

export const endpointChangeSchema = newEndpointSchema.partial().meta({ id: "WebhookEndpointChange" });

export const deliveryQuerySchema = z.strictObject({
  status: z.enum(["pending", "sending", "delivered", "failed", "disabled", "skipped"]).optional(),
  ...pageQuery,
});

const maxHours = 168;
export const healthQuerySchema = z.strictObject({
  hours: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `must be a whole number of 1 to ${maxHours}`)
    .refine((text) => Number(text) <= maxHours, `must be a whole number of 1 to ${maxHours}`)
    .optional()
    .describe(`Hours up to now, at most ${maxHours}. Default 24.`),
});

export const replayRequestSchema = z
  .strictObject({
    since: z.iso
      .datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" })
      .describe("Replay messages created since then; ISO 8601 with a time zone."),
    which: z
      .enum(["undelivered", "all"])
      .optional()
      .describe("all includes messages already delivered. Default undelivered."),
  })
  .meta({ id: "WebhookReplayRequest" });

/**
 * `/v1/webhook-endpoints`: addresses that get an account's events; `default` in place of an id means the webhooks of
 * single jobs, where that makes sense. Nothing is sent from here: the dispatcher does that.
 */
export function webhookEndpointsRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, localMode } = dependencies;
  const endpoints = new WebhookEndpoints(dependencies);
  const log = new DeliveryLog(dependencies);
  const read = authenticate("webhooks:read");
  const write = authenticate("webhooks:write");
  const accountOf = (c: Context<ApiEnv>) => c.get("identity").accountId;
  const checkUrl = (text: string) => assertAllowedUrl(text, { allowLoopback: localMode, param: "url" });
  const noStore = { "Cache-Control": "no-store" };

  return new Hono<ApiEnv>()
    .post("/", write, bodyLimit(), async (c) => {
      const request = parseFields(newEndpointSchema, await readJsonBody(c.req.raw));
      checkUrl(request.url);
      const endpoint = await endpoints.create(accountOf(c), defined(request));
      return c.json(presentEndpoint(endpoint, endpoint.secrets[0]?.value), 201, {
        ...noStore,
        Location: `/v1/webhook-endpoints/${endpoint.id}`,
      });
    })
    .get("/", read, async (c) => {
      const data = (await endpoints.list(accountOf(c))).map((endpoint) => presentEndpoint(endpoint));
      return c.json({ data }, 200, noStore);
    })
    .get("/:id", read, async (c) => {
      return c.json(presentEndpoint(await endpoints.get(accountOf(c), c.req.param("id"))), 200, noStore);
    })
    .patch("/:id", write, bodyLimit(), async (c) => {
      const change = parseFields(endpointChangeSchema, await readJsonBody(c.req.raw));
      if (change.url !== undefined) checkUrl(change.url);
      return c.json(presentEndpoint(await endpoints.update(accountOf(c), c.req.param("id"), defined(change))));
    })
    .delete("/:id", write, async (c) => {
      await endpoints.remove(accountOf(c), c.req.param("id"));
      return c.body(null, 204);
    })
    .post("/:id/rotate-secret", write, async (c) => {
      const endpoint = await endpoints.rotateSecret(accountOf(c), c.req.param("id"));
      return c.json(presentEndpoint(endpoint, endpoint.secrets[0]?.value), 200, noStore);
    })
    .post("/:id/test", write, async (c) => {
      const endpoint = await endpoints.get(accountOf(c), c.req.param("id"));
      return c.json(presentDelivery(await log.sendTest(endpoint)), 202);
    })
    .get("/:id/deliveries", read, async (c) => {
      const query = parseFields(deliveryQuerySchema, Object.fromEntries(new URL(c.req.url).searchParams));
      const [accountId, endpointId] = [accountOf(c), c.req.param("id")];
      if (endpointId !== "default") await endpoints.get(accountId, endpointId);
      const { status, limit, cursor } = query;
      const page = await log.list({
        accountId,
        endpointId,
        limit: limit === undefined ? 20 : Number(limit),
        status,
        cursor,
      });
      return c.json({ data: page.rows.map(presentDelivery), next_cursor: page.cursor ?? null }, 200, noStore);
    })
    .get("/:id/health", read, async (c) => {
      const { hours = "24" } = parseFields(healthQuerySchema, Object.fromEntries(new URL(c.req.url).searchParams));
      const [accountId, id] = [accountOf(c), c.req.param("id")];
      if (id !== "default") await endpoints.get(accountId, id);
      const asked = { hours: Number(hours), now: dependencies.clock.now() };
      const counted = await readAttemptHours(dependencies.items, asked, { accountId, endpoint: id });
      const health: z.infer<typeof webhookHealthSchema> = {
        object: "webhook_health",
        endpoint_id: id,
        hours: counted.map(({ at, attempts }) => ({ at: isoTime(at), attempts: { ...attempts } })),
      };
      return c.json(health, 200, noStore);
    })
    .post("/:id/replay", write, bodyLimit(), async (c) => {
      const { since, which = "undelivered" } = parseFields(replayRequestSchema, await readJsonBody(c.req.raw));
      const [accountId, endpointId] = [accountOf(c), c.req.param("id")];
      if (endpointId !== "default") await endpoints.get(accountId, endpointId);
      const { count, nextSince } = await log.replay({ accountId, endpointId, since: Date.parse(since), which });
      return c.json({ count, next_since: isoTimeOrNull(nextSince) }, 202);
    });
}

/** `/v1/deliveries`: single messages, by the id that their receiver saw. */
export function deliveriesRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate } = dependencies;
  const log = new DeliveryLog(dependencies);
  return new Hono<ApiEnv>()
    .get("/:id", authenticate("webhooks:read"), async (c) => {
      const row = await log.get(c.get("identity").accountId, c.req.param("id"));
      const payload = await deliveryPayload(c, row, dependencies);
      return c.json({ ...presentDelivery(row), payload }, 200, { "Cache-Control": "no-store" });
    })
    .post("/:id/redeliver", authenticate("webhooks:write"), async (c) => {
      const row = await log.redeliver(c.get("identity").accountId, c.req.param("id"));
      return c.json(presentDelivery(row), 202);
    });
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the members that are there but undefined. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<T>;
}
