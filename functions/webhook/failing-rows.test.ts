import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Job } from "../../shared/job.ts";
import type { Items } from "../../shared/ports/items.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { deliveryKey, jobMessageId, outboxWrites } from "../../shared/webhooks/webhook-outbox.ts";
import { newWebhookSecret } from "../../shared/webhooks/webhook-signature.ts";
import { DeliveryDispatcher } from "./dispatch-deliveries.ts";

let now: number;
let items: Items;
let told: string[];
beforeEach(() => {
  now = Date.UTC(2026, 0, 1);
  items = openEmbeddedItems(":memory:", { clock: { now: () => now, sleep: async () => {} } });
  told = [];
});
afterEach(() => items.close());

const clock = { now: () => now, sleep: async () => {} };
const newId = () => "0".repeat(26);

/** A pass of a dispatcher over these items, to receivers that take everything. */
async function pass(over: Items): Promise<void> {
  const dispatcher = new DeliveryDispatcher({
    items: over,
    clock,
    random: () => 0,
    newId,
    endpoints: new WebhookEndpoints({ items: over, clock, newId }),
    log: () => {},
    job: async (id) => ({ id }) as Job,
    present: ({ id }) => ({ id }),
    secrets: async () => [newWebhookSecret()],
    async fetch(_url, { body }) {
      told.push((JSON.parse(String(body)) as { data: { id: string } }).data.id);
      return { status: 204, headers: {}, body: new Uint8Array(0), truncated: false };
    },
  });
  await dispatcher.startDue();
  await dispatcher.settled();
}

async function put(jobId: string, accountId: string): Promise<void> {
  const webhook = { url: "https://example.com/hook", events: [] };
  const job = { id: jobId, accountId, status: "succeeded", webhook } as unknown as Job;
  await items.write(await outboxWrites(items, job, [{ type: "done" }], now));
}

const aside = async () => (await items.query({ index: "main", partition: "ASIDE" })).items.map(({ data }) => data);

it("sends what is behind a row that cannot be begun, and sets that one aside", async () => {
  await put("job_poison", "acc_1");
  await put("job_2", "acc_1");
  await put("job_3", "acc_2");
  const { pk } = deliveryKey(jobMessageId("job_poison", "job.succeeded"));
  const refusing: Items = {
    get: (key) => items.get(key),
    query: (query) => items.query(query),
    close: () => items.close(),
    async write(writes) {
      const claims = (write: (typeof writes)[number]) =>
        "put" in write && write.put.pk === pk && write.put.data.status === "sending";
      if (writes.some(claims)) throw new RangeError("data is 400000 bytes of JSON");
      return items.write(writes);
    },
  };
  await pass(refusing);
  expect(told.sort()).toEqual(["job_2", "job_3"]);
  expect(await aside()).toMatchObject([
    { kind: "delivery", id: pk, count: 1, reason: expect.stringContaining("400000") },
  ]);
  now += 5_000;
  await pass(items);
  expect(told).toContain("job_poison");
  expect(await aside()).toEqual([]);
});

it("sends to the accounts behind one whose endpoints cannot be read", async () => {
  const endpoints = new WebhookEndpoints({ items, clock, newId });
  await endpoints.create("acc_1", { url: "https://example.com/hook", events: [] });
  await put("job_1", "acc_1");
  await items.write([{ put: { pk: "ACC#acc_1", sk: "WHE#broken", data: {} } }]);
  await put("job_2", "acc_2");
  await pass(items);
  expect(told).toContain("job_2");
});
