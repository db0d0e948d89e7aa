import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Job } from "../../shared/job.ts";
import { queryDue } from "../../shared/ports/due-shards.ts";
import type { Items } from "../../shared/ports/items.ts";
import { announceOutbox, parseNamedNotice } from "../../shared/webhooks/announce-outbox.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import {
  deliveriesDue,
  deliveryKey,
  deliveryLeaseMs,
  jobMessageId,
  lanesDue,
  outboxWrites,
  toldDue,
} from "../../shared/webhooks/webhook-outbox.ts";
import { newWebhookSecret } from "../../shared/webhooks/webhook-signature.ts";
import { DeliveryDispatcher, type DispatchDependencies } from "./dispatch-deliveries.ts";

// As on AWS: whoever writes a row names it in a notice, and the dispatcher reads it by its key.
let now: number;
let items: Items;
let announced: Items;
/** Rows that the last notice named. */
let named: readonly string[];
let sent: string[];
const clock = { now: () => now, sleep: async () => {} };

beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  sent = [];
  items = openEmbeddedItems(":memory:", { clock });
  const send = async (body: string) => {
    named = parseNamedNotice(body) ?? [];
  };
  announced = announceOutbox(items, { send }, (error) => {
    throw error;
  });
});
afterEach(() => items.close());

function dispatcher(answer = 200, overrides: Partial<DispatchDependencies> = {}) {
  return new DeliveryDispatcher({
    items,
    clock,
    random: () => 0,
    newId: () => "0".repeat(26),
    log: () => {},
    endpoints: new WebhookEndpoints({ items, clock, newId: () => "0".repeat(26) }),
    job: async (id) => ({ id }) as Job,
    present: ({ id }) => ({ id }),
    secrets: async () => [newWebhookSecret()],
    fetch: async (_url, { body }) => {
      sent.push((JSON.parse(String(body)) as { type: string }).type);
      return { status: answer, headers: {}, body: new Uint8Array(), truncated: false };
    },
    ...overrides,
  });
}

const events = ["job.started", "job.succeeded"];
async function tell(type: "started" | "done", url = "https://example.com/hook"): Promise<readonly string[]> {
  const webhook = { url, events };
  const status = type === "done" ? "succeeded" : "running";
  const job = { id: "job_1", accountId: "acc_1", status, webhook, attempt: 1, startedAt: now } as unknown as Job;
  await announced.write(await outboxWrites(items, job, [{ type }], now));
  return named;
}

const rowOf = (event: string) => items.get(deliveryKey(jobMessageId("job_1", event)));
const lanes = () => queryDue(items, lanesDue, { limit: 10 });
const told = () => queryDue(items, toldDue, { limit: 10 });

it("is sent from its notice, in three writes, and never enters a lane", async () => {
  const ids = await tell("done");
  expect(await told()).toMatchObject([{ dueAt: now + deliveryLeaseMs, data: { status: "pending" } }]);
  const dispatch = dispatcher();
  expect(await dispatch.startNamed(ids)).toEqual([]);
  await dispatch.settled();
  expect(sent).toEqual(["job.succeeded"]);
  const row = await rowOf("job.succeeded");
  expect(row).toMatchObject({ version: 3, data: { status: "delivered", attempt: 1 } });
  expect(row?.duePk).toBeUndefined();
  expect(await lanes()).toEqual([]);
  expect(await told()).toEqual([]);
});

it("is sent once, though its notice comes twice", async () => {
  const ids = await tell("done");
  const [first, second] = [dispatcher(), dispatcher()];
  await first.startNamed(ids);
  await second.startNamed(ids);
  await Promise.all([first.settled(), second.settled()]);
  expect(await second.startNamed(ids)).toEqual([]);
  expect(sent).toEqual(["job.succeeded"]);
});

it("waits in the lane of its account from its first failure on", async () => {
  const dispatch = dispatcher(500);
  await dispatch.startNamed(await tell("done"));
  await dispatch.settled();
  expect(await rowOf("job.succeeded")).toMatchObject({ duePk: deliveriesDue("acc_1"), data: { status: "pending" } });
  expect(await lanes()).toHaveLength(1);
  now += 10_000;
  const again = dispatcher();
  await again.startDue();
  await again.settled();
  expect(sent).toHaveLength(2);
});

it("is found by the tick when the notice is lost, or its dispatcher dies", async () => {
  await tell("done");
  const idle = dispatcher();
  expect(await idle.startDue()).toBe(false);
  expect(sent).toEqual([]);
  now += deliveryLeaseMs;
  expect(await idle.startDue()).toBe(true);
  await idle.settled();
  expect(sent).toEqual(["job.succeeded"]);
});

it("does not overtake the message before it, though its notice does", async () => {
  const started = await tell("started");
  const succeeded = await tell("done");
  const dispatch = dispatcher();
  expect(await dispatch.startNamed(succeeded)).toEqual(succeeded);
  await dispatch.startNamed(started);
  await dispatch.settled();
  expect(await dispatch.startNamed(succeeded)).toEqual([]);
  await dispatch.settled();
  expect(sent).toEqual(["job.started", "job.succeeded"]);
});

it("waits for the retry of the message before it, in the lane", async () => {
  const failing = dispatcher(500);
  await failing.startNamed(await tell("started"));
  await failing.settled();
  expect(await failing.startNamed(await tell("done"))).toEqual([]);
  expect(await rowOf("job.succeeded")).toMatchObject({ duePk: deliveriesDue("acc_1") });
  now += 60_000;
  const dispatch = dispatcher();
  for (let i = 0; i < 3; i++) {
    await dispatch.startDue();
    await dispatch.settled();
  }
  expect(sent).toEqual(["job.started", "job.started", "job.succeeded"]);
});

it("reports a condition that does not hold under the index that its writer gave it", async () => {
  const webhook = { url: "https://example.com/hook", events: [] };
  const job = { id: "job_1", accountId: "acc_1", status: "succeeded", webhook } as unknown as Job;
  const writes = await outboxWrites(items, job, [{ type: "done" }], now);
  const check = { check: { pk: "nobody", sk: "META" }, if: { version: 1 } } as const;
  const written = announced.write([...writes, check]);
  await expect(written).rejects.toMatchObject({ failed: [writes.length] });
  expect(await told()).toEqual([]);
});
