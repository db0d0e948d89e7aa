import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleJob, samplePrice } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { WebhookEndpoints } from "../webhooks/webhook-endpoints.ts";
import { balanceKey } from "./ledger.ts";
import { lowBalanceMessages } from "./low-balance.ts";

const now = Date.UTC(2026, 0, 1);
const clock = { now: () => now, sleep: async () => {} };
let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock });
});
afterEach(() => items.close());

const balance = (available: number) => items.write([{ put: { ...balanceKey("acc_1"), data: { available } } }]);
const job = (id: string) => sampleJob(id, now, { price: samplePrice });
const lowBalance = (id: string, bound: number | undefined) => lowBalanceMessages(items, job(id), bound, now);
/** Payloads of the messages among the writes. */
const messages = ({ writes }: Awaited<ReturnType<typeof lowBalance>>) =>
  writes.flatMap((write) => ("put" in write && write.put.data.eventType === "balance.low" ? [write.put.data] : []));

it("is not given to an account that set no bound, or while the money stays above it", async () => {
  await balance(200);
  expect(await lowBalance("1", undefined)).toEqual({ writes: [] });
  // With less than the bound and the price, jobs of the same moment have spent it: the submission looks again.
  expect(await lowBalance("1", 100)).toEqual({ writes: [], atLeast: 200 });
});

it("goes to the endpoints that want it, once until the money is above again", async () => {
  let ids = 0;
  const endpoints = new WebhookEndpoints({ items, clock, newId: () => String(++ids) });
  await endpoints.create("acc_1", { url: "https://a.test", events: ["balance.low"] });
  await endpoints.create("acc_1", { url: "https://b.test", events: ["job.failed"] });
  await endpoints.create("acc_1", { url: "https://c.test", events: ["balance.low"], enabled: false });
  await balance(199);
  const first = await lowBalance("1", 100);
  expect(messages(first)).toMatchObject([
    { url: "https://a.test", status: "pending", payload: { available: 99, low_balance: 100, currency: "USD" } },
    { url: "https://c.test", status: "skipped" },
  ]);
  await items.write(first.writes);
  expect(await lowBalance("2", 100)).toEqual({ writes: [] });
});

it("fails the later of two jobs of one moment, so that there is one message", async () => {
  await balance(199);
  const both = [await lowBalance("1", 100), await lowBalance("2", 100)];
  await items.write(both[0]!.writes);
  await expect(items.write(both[1]!.writes)).rejects.toThrow();
});
