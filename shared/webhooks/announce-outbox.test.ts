import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import { createJobStore } from "../jobs/create-job-store.ts";
import type { JobStore } from "../jobs/job-store.ts";
import { systemClock as clock } from "../ports/clock.ts";
import type { Items } from "../ports/items.ts";
import { announceOutbox, namedNotice, parseNamedNotice } from "./announce-outbox.ts";
import { WebhookEndpoints } from "./webhook-endpoints.ts";
import { deliveryKey, laneWrite, outboxItem } from "./webhook-outbox.ts";

let items: Items;
let announced: Items;
let jobs: JobStore;
let endpoints: WebhookEndpoints;
let sent: string[];
let failures: string[];
let reachable: boolean;
const newId = () => "01ARZ3NDEKTSV4RRFFQ69G5FAV";

beforeEach(() => {
  items = openEmbeddedItems(":memory:");
  sent = [];
  failures = [];
  reachable = true;
  const send = async (body: string) => {
    if (!reachable) throw new Error("ECONNREFUSED");
    // A reader woken by it must find what it names.
    const rows = await Promise.all((parseNamedNotice(body) ?? []).map((id) => items.get(deliveryKey(id))));
    expect(rows.map((row) => row?.data.status)).not.toContain(undefined);
    sent.push(rows.map((row) => String(row?.data.eventType)).join());
  };
  announced = announceOutbox(items, { send }, (_error, accountId) => failures.push(accountId));
  jobs = createJobStore({ items: announced });
  endpoints = new WebhookEndpoints({ items: announced, clock, newId });
});
afterEach(() => items.close());

const { accountId } = sampleJob("x", 0);
const webhook = { url: "https://example.com/hook", events: [] };
const result = { images: [], warnings: [], inferenceMs: 1 };
const submit = async (id: string, changes: object = { webhook }) =>
  jobs.submit({ job: { ...sampleJob("x", Date.now()), ...changes, id } });

async function claim(id: string) {
  const claimed = await jobs.claim(id, "w1");
  if (claimed.outcome !== "claimed") throw new Error(claimed.outcome);
  return claimed.job;
}

describe("announceOutbox", () => {
  it("tells of a job's end once, after it is durable", async () => {
    await submit("job_1");
    const held = await claim("job_1");
    expect(sent).toEqual([]);
    await jobs.succeed(held, result);
    expect(sent).toEqual(["job.succeeded"]);
  });

  it("tells of a job without a webhook that an account's endpoint wants to hear of", async () => {
    await endpoints.create(accountId, { url: "https://example.com/all", events: ["job.started", "job.succeeded"] });
    await submit("job_1", {});
    const held = await claim("job_1");
    expect(sent).toEqual(["job.started"]);
    await jobs.succeed(held, result);
    expect(sent).toEqual(["job.started", "job.succeeded"]);
  });

  it("tells of a message that belongs to no job", async () => {
    const { id: endpointId, url } = await endpoints.create(accountId, { url: "https://example.com/all" });
    expect(sent).toEqual([]);
    const createdAt = clock.now();
    const put = outboxItem({
      messageId: `msg_${newId()}`,
      accountId,
      eventType: "webhook.test",
      payload: {},
      endpointId,
      url,
      attempt: 0,
      status: "pending",
      createdAt,
    });
    await announced.write([{ put }, laneWrite(accountId, createdAt)]);
    expect(sent).toEqual(["webhook.test"]);
  });

  it("sends nothing where no endpoint listens, or the job will be retried", async () => {
    await endpoints.create(accountId, { url: "https://example.com/off", enabled: false });
    await submit("job_1", {});
    await jobs.requestCancel("job_1");
    await submit("job_2");
    await jobs.fail(await claim("job_2"), { code: "out_of_memory", message: "", retryable: true });
    expect(sent).toEqual([]);
  });

  it("keeps the write though the dispatcher cannot be told", async () => {
    await submit("job_1");
    reachable = false;
    await jobs.succeed(await claim("job_1"), result);
    expect((await jobs.get("job_1"))?.status).toBe("succeeded");
    expect(failures).toEqual([accountId]);
  });
});

it.each([
  "",
  "{}",
  "null",
  "[]",
  '{"v":2,"deliveries":[]}',
  '{"v":1,"deliveries":[1]}',
  '{"v":1,"sweep":"deliveries"}',
])("takes %s for no notice that names rows", (body) => {
  expect(parseNamedNotice(body)).toBeUndefined();
  expect(parseNamedNotice(namedNotice(["msg_1"]))).toEqual(["msg_1"]);
});
