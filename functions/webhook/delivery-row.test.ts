import { describe, expect, it } from "vitest";
import type { Item } from "../../shared/ports/items.ts";
import type { DeliveryResult } from "./deliver.ts";
import {
  claimedRow,
  type DeliveryRow,
  handedBackRow,
  isWornOut,
  parseDeliveryRow,
  resentRow,
  settledRow,
} from "./delivery-row.ts";

const now = 1_000_000_000;
const noJitter = () => 0;
const outbox = {
  messageId: "msg_1",
  accountId: "acc_1",
  eventType: "job.succeeded",
  jobId: "job_1",
  url: "https://example.com/hook",
  attempt: 0,
  status: "pending",
  createdAt: 5,
};

function row(data: object = {}, item: Partial<Item> = {}): DeliveryRow {
  const stored = { pk: "p", sk: "s", version: 3, duePk: "DUE", dueAt: 7, data: { ...outbox, ...data }, ...item };
  const parsed = parseDeliveryRow(stored as Item);
  if (parsed === undefined) throw new Error("the row should parse");
  return parsed;
}

const result = (outcome: DeliveryResult["outcome"]): DeliveryResult => ({ outcome, latencyMs: 25, statusCode: 500 });

describe("an item", () => {
  it.each([
    "messageId",
    "accountId",
    "eventType",
    "url",
    "attempt",
    "createdAt",
    "jobId",
  ])("without %s is no row", (field) => {
    const data = { ...outbox, [field]: undefined } as unknown as Item["data"];
    expect(parseDeliveryRow({ pk: "p", sk: "s", version: 1, data })).toBeUndefined();
  });

  it("may have a payload in place of a job", () => {
    expect(row({ jobId: undefined, payload: { balance: 1 } }).payload).toEqual({ balance: 1 });
  });
});

it("is claimed with the version that the write gives it, and handed back without the attempt", () => {
  const claimed = claimedRow(row({ attempt: 2 }), now, 60_000);
  expect(claimed).toMatchObject({ attempt: 3, status: "sending" });
  expect(claimed.item).toMatchObject({ version: 4, dueAt: now + 60_000, data: { attempt: 3, status: "sending" } });
  expect(handedBackRow(claimed, now)).toMatchObject({
    version: 4,
    dueAt: now,
    data: { attempt: 2, status: "pending" },
  });
});

it("keeps its place in the index where it is hidden for long enough already", () => {
  const dueAfter = (ms: number) => claimedRow(row({}, { dueAt: now + ms }), now, 60_000).item.dueAt;
  expect([45_000, 30_000, 29_999, -1].map(dueAfter)).toEqual([45_000, 30_000, 60_000, 60_000].map((ms) => now + ms));
});

describe("after an attempt", () => {
  it("a failure that may pass is due again five seconds after the first attempt, with what the receiver said", () => {
    const { status, item } = settledRow(row({ attempt: 1 }), result("retry"), now, noJitter);
    expect(status).toBe("pending");
    const responses = [{ at: now, latencyMs: 25, statusCode: 500 }];
    expect(item).toMatchObject({
      duePk: "DUE#deliveries#acc_1",
      dueAt: now + 5_000,
      data: { status: "pending", responses },
    });
  });

  it.each([
    ["the tenth failure", { attempt: 10 }, "retry", "failed"],
    ["news of progress that came too late", { attempt: 1, eventType: "job.progress" }, "retry", "failed"],
    ["a success", { attempt: 1 }, "delivered", "delivered"],
    ["a receiver that is gone", { attempt: 1 }, "disabled", "disabled"],
  ] as const)("%s is final: out of the index, and kept for 30 days", (_, data, outcome, expected) => {
    const { status, item } = settledRow(row(data), result(outcome), now, noJitter);
    expect(status).toBe(expected);
    expect(item.data.status).toBe(expected);
    expect(item).not.toHaveProperty("duePk");
    expect(item).not.toHaveProperty("dueAt");
    expect(item.exp).toBe(now / 1_000 + 2_592_000);
  });

  it.each([
    "responses",
    // Their name in rows of versions before.
    "answers",
  ])("keeps an earlier end of its life, and the last ten %s", (name) => {
    const earlier = Array.from({ length: 10 }, (_, at) => ({ at, latencyMs: 1 }));
    const { item } = settledRow(row({ attempt: 10, [name]: earlier }, { exp: 77 }), result("retry"), now, noJitter);
    expect(item.exp).toBe(77);
    const kept = item.data.responses as { at: number }[];
    expect(kept.map(({ at }) => at)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, now]);
  });
});

it("starts again from the first attempt when it is asked for, due in its account's partition and not to expire", () => {
  const settled = row({ attempt: 10, status: "failed" }, { exp: 77, duePk: undefined, dueAt: undefined });
  const again = resentRow(settled, now);
  expect(again).toMatchObject({ duePk: "DUE#deliveries#acc_1", dueAt: now });
  expect(again.data).toMatchObject({ messageId: "msg_1", attempt: 0, status: "pending", resentAt: now });
  expect(again).not.toHaveProperty("exp");
  expect(again).not.toHaveProperty("version");
});

it.each([
  ["job.succeeded", 9, false],
  ["job.succeeded", 10, true],
  ["job.progress", 0, false],
  ["job.progress", 1, true],
])("has %s worn out after %i attempts: %s", (eventType, attempt, wornOut) => {
  expect(isWornOut(row({ eventType, attempt }))).toBe(wornOut);
});
