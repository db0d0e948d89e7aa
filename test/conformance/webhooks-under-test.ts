import { Webhook } from "standardwebhooks";
import { DeliveryLog } from "../../functions/webhook/delivery-log.ts";
import { DeliveryDispatcher } from "../../functions/webhook/dispatch-deliveries.ts";
import { PipelineError } from "../../shared/errors.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { guardedFetch } from "../../shared/net/guarded-fetch.ts";
import { queryDue } from "../../shared/ports/due-shards.ts";
import type { Items } from "../../shared/ports/items.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { lanesDue } from "../../shared/webhooks/webhook-outbox.ts";
import { newWebhookSecret } from "../../shared/webhooks/webhook-signature.ts";
import { sampleJob } from "../support/api/sample-job.ts";

interface Received {
  readonly url: string;
  readonly type: string;
  readonly id: string;
  readonly data: { readonly [name: string]: unknown };
  readonly body: string;
  readonly headers: { readonly [name: string]: string };
}

export const startedAt = Date.UTC(2026, 0, 1);

/** What the test may read and change while the dispatcher works. */
interface WebhookWorld {
  now: number;
  readonly received: Received[];
  /** What each URL answers; 200 unless it says otherwise. */
  readonly statuses: Map<string, number | "hang" | "forbidden">;
}

export type WebhooksUnderTest = ReturnType<typeof openWebhooks>;

/** Endpoints, outbox, dispatcher and delivery log over `items`, under a clock that the test owns. */
export function openWebhooks(items: Items) {
  const world: WebhookWorld = { now: startedAt, received: [], statuses: new Map() };
  let lastId = 0;
  const clock = { now: () => world.now, sleep: async () => {} };
  const newId = () => String(++lastId).padStart(26, "0");
  const jobs = createJobStore({ items, clock, leaseMs: 1_000 });
  const endpoints = new WebhookEndpoints({ items, clock, newId });
  const accountSecret = newWebhookSecret();
  const dispatcher = new DeliveryDispatcher({
    items,
    endpoints,
    clock,
    newId,
    random: () => 0,
    log: () => {},
    job: (id) => jobs.get(id),
    present: ({ id, status }) => ({ id, status }),
    secrets: async () => [accountSecret],
    async fetch(url, { body, headers }) {
      const status = world.statuses.get(url) ?? 200;
      if (status === "hang") await new Promise(() => {});
      // Its name has the address 0.0.0.0 world.now.
      if (status === "forbidden") return guardedFetch(url, { method: "POST", resolve: async () => ["0.0.0.0"] });
      const { type, data } = JSON.parse(String(body));
      world.received.push({
        url,
        type,
        data,
        body: String(body),
        headers: headers ?? {},
        id: headers?.["webhook-id"] ?? "",
      });
      if (status === 0) throw new PipelineError("webhook_unreachable", "closed", { retryable: true });
      return { status: Number(status), headers: {}, body: Buffer.from("seen"), truncated: false };
    },
  });
  const pass = async () => {
    while (await dispatcher.startDue()) await dispatcher.settled();
    await dispatcher.settled();
  };
  /** One pass after another until nothing is due within `ms`. */
  const pump = async (ms: number) => {
    const end = world.now + ms;
    for (; world.now <= end; world.now += 1_000 * 60 * 30) await pass();
    world.now = end;
    await pass();
  };
  const finish = async (webhook?: { url: string; events: string[] }, accountId = "acc_1") => {
    const job = sampleJob(newId(), world.now, { accountId, webhook });
    await jobs.submit({ job });
    const claim = await jobs.claim(job.id, "w");
    if (claim.outcome !== "claimed") throw new Error(claim.outcome);
    await jobs.succeed(claim.job, { images: [], warnings: [], inferenceMs: 1 });
    return job.id;
  };
  const lanes = () => queryDue(items, lanesDue, { limit: 100 });
  const log = new DeliveryLog({ items, clock, newId });
  return Object.assign(world, {
    items,
    clock,
    newId,
    jobs,
    endpoints,
    dispatcher,
    pass,
    pump,
    finish,
    accountSecret,
    log,
    lanes,
  });
}

/** Whether one of the signatures is this secret's, whatever the verifier's clock says. */
export function verifies(secret: string, headers: { readonly [name: string]: string }, body: string): boolean {
  const timestamp = new Date(Number(headers["webhook-timestamp"]) * 1_000);
  const expected = new Webhook(secret).sign(headers["webhook-id"] ?? "", timestamp, body);
  return (headers["webhook-signature"] ?? "").split(" ").includes(expected);
}
