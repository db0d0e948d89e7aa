import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { meterSetAside, settleWrites } from "../../shared/money/ledger.ts";
import type { Items } from "../../shared/ports/items.ts";
import { samplePrice as price, sampleJob } from "../../test/support/api/sample-job.ts";
import { exportUsage } from "./export-usage.ts";

let now: number;
let items: Items;
let bodies: URLSearchParams[];
let answers: (number | Error | { status: number; body: string })[];
let logged: string[];

beforeEach(() => {
  now = 1_700_000_000_000;
  items = openEmbeddedItems(":memory:");
  bodies = [];
  answers = [];
  logged = [];
});
afterEach(() => items.close());

async function charge(id: string, meterCustomer: string | undefined): Promise<void> {
  const job = sampleJob(id, now, {
    price: { ...price, meterCustomer: meterCustomer || undefined },
    status: "succeeded",
    charged: 100,
  });
  // The row as the transaction of the job's end writes it.
  const meter = settleWrites(job, job, now).filter((write) => "put" in write && write.put.pk.startsWith("METER#"));
  if (meter.length > 0) await items.write(meter);
}

const run = () =>
  exportUsage(
    {
      items,
      clock: { now: () => now, sleep: async () => {} },
      url: "https://billing.example/v1/billing/meter_events",
      apiKey: "sk_1",
      eventName: "images",
      post: async (_, { body }) => {
        bodies.push(new URLSearchParams(body));
        const answer = answers.shift() ?? 200;
        if (answer instanceof Error) throw answer;
        const { status, body: text } = typeof answer === "number" ? { status: answer, body: "" } : answer;
        return { status, body: new TextEncoder().encode(text) };
      },
      log: (_level, message) => logged.push(message),
    },
    100,
  );

it("tells each charge of a metered account once when all goes well", async () => {
  await charge("1", "cus_1");
  await charge("2", undefined);
  expect(await run()).toEqual({ told: 1, tried: 1 });
  expect(Object.fromEntries(bodies[0]!)).toEqual({
    event_name: "images",
    identifier: "settle_job_1",
    timestamp: "1700000000",
    "payload[stripe_customer_id]": "cus_1",
    "payload[value]": "100",
  });
  expect(await run()).toEqual({ told: 0, tried: 0 });
});

it("tells it again, under the same identifier, until it was heard, later each time", async () => {
  await charge("1", "cus_1");
  answers = [500, new Error("ECONNRESET"), 302, 200];
  const pauses = [5_000, 10_000, 20_000];
  expect(await run()).toEqual({ told: 0, tried: 1 });
  for (const pause of pauses) {
    now += pause - 1;
    expect(await run(), "not before its time").toEqual({ told: 0, tried: 0 });
    now += 1;
    await run();
  }
  expect(bodies.map((body) => body.get("identifier"))).toEqual(Array(4).fill("settle_job_1"));
  now += 86_400_000;
  expect(await run()).toEqual({ told: 0, tried: 0 });
  expect(bodies).toHaveLength(4);
});

it("takes a duplicate identifier for a charge that was told", async () => {
  await charge("1", "cus_1");
  const error = { type: "invalid_request_error", message: "An event already exists with identifier settle_job_1." };
  answers = [{ status: 400, body: JSON.stringify({ error }) }];
  expect(await run()).toEqual({ told: 1, tried: 1 });
  now += 86_400_000;
  expect((await run()).tried).toBe(0);
  expect(logged).toEqual([]);
});

it.each([
  400, 402, 409, 422,
])("sets a charge aside that is refused with %d, reports it once, and goes on", async (status) => {
  await charge("1", "cus_gone");
  await charge("2", "cus_2");
  answers = [{ status, body: "No such customer: 'cus_gone'" }];
  expect(await run()).toEqual({ told: 1, tried: 2 });
  for (let i = 0; i < 10; i++) {
    now += 86_400_000;
    expect((await run()).tried).toBe(0);
  }
  expect(logged).toEqual([expect.stringContaining("set aside")]);
  expect(bodies).toHaveLength(2);
  const { items: aside } = await items.query({ index: "due", partition: meterSetAside });
  expect(aside.map(({ data }) => data)).toMatchObject([
    { id: "settle_job_1", charged: 100, failure: `responded with ${status}: No such customer: 'cus_gone'` },
  ]);
});

it.each([401, 403, 404, 408, 429, 500, 503])("tries again after %d, which is not the event's fault", async (status) => {
  await charge("1", "cus_1");
  answers = [status];
  await run();
  now += 5_000;
  expect(await run()).toEqual({ told: 1, tried: 1 });
});
