import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { withMethods } from "../../shared/ports/with-methods.ts";
import { deliveryKey, type OutboxRow, outboxItem } from "../../shared/webhooks/webhook-outbox.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { DeliveryLog } from "./delivery-log.ts";

let clock: ReturnType<typeof manualClock>;
let items: ReturnType<typeof openEmbeddedItems>;
let log: DeliveryLog;
beforeEach(() => {
  clock = manualClock();
  items = openEmbeddedItems(":memory:", { clock });
  log = new DeliveryLog({ items, clock, newId: () => "x" });
});
afterEach(() => items.close());

const idOf = (n: number) => `msg_${String(n).padStart(26, "0")}`;

/** Message `n` of the jobs' own webhooks, made `n` ms from now. */
function message(n: number, status: string, attempt = 3) {
  const row: OutboxRow = {
    messageId: idOf(n),
    accountId: "acc_1",
    eventType: "job.succeeded",
    jobId: "job_1",
    url: "https://a.test",
    attempt,
    status: "skipped",
    createdAt: clock.now() + n,
  };
  const item = outboxItem(row);
  return { ...item, data: { ...item.data, status } };
}

const delivered = (n: number) => message(n, "delivered");

async function put(n: number, status: string, attempt = 3) {
  await items.write([{ put: message(n, status, attempt) }]);
}

const statusOf = async (n: number) => (await items.get(deliveryKey(idOf(n))))?.data.status;
const replay = (which: "undelivered" | "all", since: number) =>
  log.replay({ accountId: "acc_1", endpointId: "default", since, which });

it("lists full pages of a status, and says when nothing of it follows", async () => {
  for (let n = 0; n < 230; n++) await put(n, n % 100 === 0 ? "failed" : "delivered");
  const list = (cursor?: string) =>
    log.list({ accountId: "acc_1", endpointId: "default", status: "failed", limit: 2, cursor });
  const first = await list();
  expect(first.rows.map(({ messageId }) => messageId)).toEqual([idOf(200), idOf(100)]);
  expect(await list(first.cursor)).toEqual({ rows: [expect.objectContaining({ messageId: idOf(0) })] });
});

it("reads a bounded number of messages for a page of a status that none has", async () => {
  for (let n = 0; n < 8_000; n += 50) {
    const writes = Array.from({ length: 50 }, (_, i) => ({ put: delivered(n + i) }));
    await items.write(writes);
  }
  let rows = 0;
  const counted = withMethods(items, {
    async query(query) {
      const page = await items.query(query);
      rows += page.items.length;
      return page;
    },
  });
  const bounded = new DeliveryLog({ items: counted, clock, newId: () => "x" });
  const list = (cursor?: string) =>
    bounded.list({ accountId: "acc_1", endpointId: "default", status: "failed", limit: 20, cursor });
  const first = await list();
  expect(first).toEqual({ rows: [], cursor: expect.any(String) });
  expect(rows).toBeLessThanOrEqual(6_000);
  expect(await list(first.cursor)).toEqual({ rows: [], cursor: undefined });
});

describe("a replay", () => {
  it.each([
    ["undelivered", ["failed", "disabled", "skipped"]],
    ["all", ["failed", "disabled", "skipped", "delivered"]],
  ] as const)("of %s sends %j again, and leaves alone what is under way", async (which, again) => {
    const statuses = ["failed", "disabled", "skipped", "delivered", "pending", "sending"];
    for (const [n, status] of statuses.entries()) await put(n, status);
    const since = clock.now();
    clock.advance(100);
    expect(await replay(which, since)).toEqual({ count: again.length });
    for (const [n, status] of statuses.entries()) {
      expect(await statusOf(n)).toBe((again as readonly string[]).includes(status) ? "pending" : status);
    }
  });

  it("begins with the time that it is given", async () => {
    const start = clock.now();
    for (const n of [0, 1, 2]) await put(n, "failed");
    clock.advance(100);
    expect(await replay("undelivered", start + 1)).toEqual({ count: 2 });
    expect(await statusOf(0)).toBe("failed");
  });

  it("looks at a thousand messages, and says where the next call goes on", async () => {
    const start = clock.now();
    for (let n = 0; n <= 1_000; n++) await put(n, "failed");
    clock.advance(2_000);
    const first = await replay("undelivered", start);
    expect(first).toEqual({ count: 1_000, nextSince: start + 999 });
    expect(await replay("undelivered", first.nextSince!)).toEqual({ count: 1 });
  });
});

it("sends one message again from the first attempt, and leaves one under way as it is", async () => {
  await put(1, "failed");
  expect(await log.redeliver("acc_1", idOf(1))).toMatchObject({ status: "pending", attempt: 0 });
  await put(2, "sending");
  expect(await log.redeliver("acc_1", idOf(2))).toMatchObject({ status: "sending", attempt: 3 });
});

it.each([
  ["acc_2", idOf(1)],
  ["acc_1", idOf(9)],
  ["acc_1", "msg_1"],
  ["acc_1", "msg_#".padEnd(5_000, "x")],
])("finds no message of another account, nor under what is no id: %s, case %#", async (accountId, id) => {
  await put(1, "failed");
  const error = await log.get(accountId, id).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: "delivery_not_found" });
  expect((error as Error).message.length).toBeLessThan(100);
});
