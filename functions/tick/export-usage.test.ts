import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { settleWrites } from "../../shared/money/ledger.ts";
import type { Items } from "../../shared/ports/items.ts";
import { samplePrice as price, sampleJob } from "../../test/support/api/sample-job.ts";
import { exportUsage } from "./export-usage.ts";

let now: number;
let items: Items;
let bodies: URLSearchParams[];
let answers: (number | Error)[];

beforeEach(() => {
  now = 1_700_000_000_000;
  items = openEmbeddedItems(":memory:");
  bodies = [];
  answers = [];
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
      eventName: "pictures",
      post: async (_, { body }) => {
        bodies.push(new URLSearchParams(body));
        const answer = answers.shift() ?? 200;
        if (typeof answer !== "number") throw answer;
        return { status: answer };
      },
      log: () => {},
    },
    100,
  );

it("tells each charge of a metered account once when all goes well", async () => {
  await charge("1", "cus_1");
  await charge("2", undefined);
  expect(await run()).toBe(1);
  expect(Object.fromEntries(bodies[0]!)).toEqual({
    event_name: "pictures",
    identifier: "settle_job_1",
    timestamp: "1700000000",
    "payload[stripe_customer_id]": "cus_1",
    "payload[value]": "100",
  });
  expect(await run()).toBe(0);
});

it("tells it again, under the same identifier, until it was heard, later each time", async () => {
  await charge("1", "cus_1");
  answers = [500, new Error("ECONNRESET"), 302, 200];
  const pauses = [5_000, 10_000, 20_000];
  expect(await run()).toBe(0);
  for (const pause of pauses) {
    now += pause - 1;
    expect(await run(), "not before its time").toBe(0);
    now += 1;
    await run();
  }
  expect(bodies.map((body) => body.get("identifier"))).toEqual(Array(4).fill("settle_job_1"));
  now += 86_400_000;
  expect(await run()).toBe(0);
  expect(bodies).toHaveLength(4);
});
