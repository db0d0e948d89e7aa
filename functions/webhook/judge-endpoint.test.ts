import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Items } from "../../shared/ports/items.ts";
import { type WebhookEndpoint, WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { deliveriesDue } from "../../shared/webhooks/webhook-outbox.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import type { DeliveryRow, DeliveryStatus } from "./delivery-row.ts";
import { judgeEndpoint } from "./judge-endpoint.ts";

let items: Items;
let clock: ReturnType<typeof manualClock>;
let endpoints: WebhookEndpoints;
let endpoint: WebhookEndpoint;
let logged: string[];
let ids = 0;
const newId = () => String(++ids).padStart(26, "0");

beforeEach(async () => {
  clock = manualClock();
  items = openEmbeddedItems(":memory:", { clock });
  endpoints = new WebhookEndpoints({ items, clock, newId });
  endpoint = await endpoints.create("acc_1", { url: "https://example.com/hook" });
  logged = [];
});
afterEach(() => items.close());

/** Judges the endpoint after a message that was made `agoMs` ago. */
async function judge(status: DeliveryStatus, agoMs = 1_000) {
  const row = { accountId: "acc_1", createdAt: clock.now() - agoMs } as DeliveryRow;
  const log = (level: string, message: string) => void logged.push(`${level}: ${message}`);
  await judgeEndpoint(endpoint, row, status, { items, endpoints, clock, newId, log });
  return endpoints.find("acc_1", endpoint.id);
}

it.each([
  ["disabled", "gone"],
  ["failed", "failing"],
] as const)("switches an endpoint off after a message that ended as %s", async (status, reason) => {
  expect(await judge(status)).toMatchObject({ enabled: false, disabled: { reason, at: clock.now() } });
  expect(logged).toEqual(["warn: webhook endpoint disabled"]);
});

it.each(["pending", "skipped"] as const)("leaves it on after %s", async (status) => {
  expect(await judge(status)).toMatchObject({ enabled: true });
});

it("notes a success, and forgives failures from before it unless the receiver says that it is gone", async () => {
  await judge("delivered");
  clock.advance(10);
  expect(await judge("failed", 20), "the success came after the message").toMatchObject({ enabled: true });
  expect(await judge("disabled", 20)).toMatchObject({ enabled: false });
});

it("does not hold against a new address what the old one did", async () => {
  await endpoints.update("acc_1", endpoint.id, { url: "https://example.com/new" });
  expect(await judge("disabled")).toMatchObject({ enabled: true });
});

it("tells the account's other endpoints, those that want to hear of it", async () => {
  const other = await endpoints.create("acc_1", { url: "https://a.test", events: ["webhook_endpoint.disabled"] });
  await endpoints.create("acc_1", { url: "https://b.test", events: ["job.failed"] });
  await endpoints.create("acc_1", { url: "https://c.test", enabled: false, events: ["webhook_endpoint.disabled"] });
  await endpoints.create("acc_2", { url: "https://d.test", events: ["webhook_endpoint.disabled"] });
  await judge("disabled");
  await judge("disabled");
  const { items: due } = await items.query({ index: "due", partition: deliveriesDue("acc_1") });
  expect(due.map(({ data }) => data)).toMatchObject([
    { endpointId: other.id, payload: { id: endpoint.id, disabled_reason: "gone", url: "https://example.com/hook" } },
  ]);
});

it("takes an endpoint that was deleted meanwhile for judged", async () => {
  await endpoints.remove("acc_1", endpoint.id);
  for (const status of ["delivered", "failed"] as const) expect(await judge(status)).toBeUndefined();
});
