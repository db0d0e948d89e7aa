import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Job } from "../job.ts";
import type { Items } from "../ports/items.ts";
import { WebhookEndpoints } from "./webhook-endpoints.ts";
import { deliveriesDue, isLaneWrite, jobMessageId, nextProgress, outboxWrites } from "./webhook-outbox.ts";

const now = Date.UTC(2026, 0, 1);
const clock = { now: () => now, sleep: async () => {} };
const url = "https://example.com/hook";
let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock });
});
afterEach(() => items.close());

/** The rows for an event of a job, and whether the account's lane is made due. */
async function rows(changes: Partial<Job>, type: "started" | "done" | "error" | "step") {
  const job = sampleJob("1", now, { attempt: 1, ...changes });
  const writes = await outboxWrites(items, job, [{ type }], now);
  await items.write(writes.length > 0 ? writes : [{ delete: { pk: "x", sk: "x" } }]);
  const puts = writes.flatMap((write) => ("put" in write ? [write.put] : []));
  return {
    rows: puts.filter(({ pk }) => pk.startsWith("WH#")).map(({ data }) => data),
    laneDue: writes.some(isLaneWrite),
  };
}

describe("rows", () => {
  it("are written for each receiver that wants the event, and make the lane due", async () => {
    let ids = 0;
    const endpoints = new WebhookEndpoints({ items, clock, newId: () => String(++ids) });
    await endpoints.create("acc_1", { url: "https://a.test" });
    await endpoints.create("acc_1", { url: "https://b.test", events: ["job.failed"] });
    await endpoints.create("acc_1", { url: "https://c.test", enabled: false });
    const found = await rows({ status: "succeeded", webhook: { url, events: [] } }, "done");
    expect(found.rows.map(({ url, status, eventType }) => [url, status, eventType])).toEqual([
      [url, "pending", "job.succeeded"],
      ["https://a.test", "pending", "job.succeeded"],
      ["https://c.test", "skipped", "job.succeeded"],
    ]);
    expect(found.laneDue).toBe(true);
    const due = await items.query({ index: "due", partition: deliveriesDue("acc_1") });
    expect(due.items).toHaveLength(2);
  });

  it("are none, and the lane is left alone, where nobody wants to hear", async () => {
    const webhook = { url, events: ["job.failed"] };
    expect(await rows({ status: "succeeded", webhook }, "done")).toEqual({ rows: [], laneDue: false });
    expect(await rows({ status: "queued", webhook: { url, events: [] } }, "done"), "back in the queue").toMatchObject({
      rows: [],
    });
  });

  it("tell of the start once, whatever attempts follow, and before the end", async () => {
    const webhook = { url, events: ["job.started", "job.failed"] };
    expect((await rows({ status: "running", webhook, startedAt: now }, "started")).rows).toHaveLength(1);
    expect((await rows({ status: "running", webhook, startedAt: now, attempt: 2 }, "started")).rows).toEqual([]);
    const [end] = (await rows({ status: "failed", webhook, startedAt: now }, "error")).rows;
    expect(end).toMatchObject({ eventType: "job.failed", after: jobMessageId("job_1", "job.started") });
  });

  it("cannot be written twice for one event", async () => {
    const job = { status: "failed", webhook: { url, events: [] } } as const;
    await rows(job, "error");
    await expect(rows(job, "error")).rejects.toThrow("condition failed");
  });
});

it("reports progress once a second at most, and each report under a name of its own", () => {
  const job = sampleJob("1", now, { attempt: 2, progress: { step: 3, total: 9 } });
  const step = [{ type: "step" }] as const;
  const first = nextProgress(undefined, job, step, now);
  expect(first).toEqual({ at: now, name: "2.3" });
  expect(nextProgress(first, job, step, now + 999)).toBe(first);
  expect(nextProgress(first, job, [{ type: "image" }], now + 1_000)).toBe(first);
  expect(nextProgress(first, { ...job, progress: { step: 5, total: 9 } }, step, now + 1_000)?.name).toBe("2.5");
});

it("names a message by job, event and receiver", () => {
  const ids = [jobMessageId("1", "a"), jobMessageId("1", "b"), jobMessageId("2", "a"), jobMessageId("1", "a", "whe_1")];
  expect(new Set(ids).size).toBe(4);
  expect(jobMessageId("1", "a")).toBe(ids[0]);
  for (const id of ids) expect(id).toMatch(/^msg_[0-9A-F]{26}$/);
});
