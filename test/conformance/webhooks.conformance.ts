import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Accounts } from "../../shared/money/accounts.ts";
import type { Items } from "../../shared/ports/items.ts";
import { secretOverlapMs } from "../../shared/webhooks/webhook-endpoints.ts";
import { sampleJob, samplePrice } from "../support/api/sample-job.ts";
import { openWebhooks, verifies, type WebhooksUnderTest } from "./webhooks-under-test.ts";

/** Outbox, dispatcher and delivery log over one `items` driver; receivers are functions. */
export function webhooksConformance(name: string, open: () => Promise<Items>): void {
  describe(`webhooks over ${name}`, () => {
    let world: WebhooksUnderTest;
    beforeEach(async () => {
      world = openWebhooks(await open());
    });
    afterEach(() => world.items.close());

    it("tells each endpoint what its filter lets pass, signed with its own secret, and each job's own webhook", async () => {
      const { endpoints, pass, finish, accountSecret } = world;
      const all = await endpoints.create("acc_1", { url: "https://all.example/" });
      const some = await endpoints.create("acc_1", { url: "https://some.example/", events: ["job.started"] });
      await endpoints.create("acc_1", { url: "https://none.example/", events: ["job.failed"] });
      await endpoints.create("acc_2", { url: "https://other.example/" });
      await finish({ url: "https://own.example/", events: [] });
      await pass();
      expect(world.received.map(({ url, type }) => `${url} ${type}`).sort()).toEqual([
        "https://all.example/ job.succeeded",
        "https://own.example/ job.succeeded",
        "https://some.example/ job.started",
      ]);
      const secretOf = (url: string) =>
        [all, some].find((endpoint) => endpoint.url === url)?.secrets[0]?.value ?? accountSecret;
      // The clock of the test is not the verifier's.
      for (const { url, headers, body } of world.received) expect(verifies(secretOf(url), headers, body)).toBe(true);
      expect(verifies(accountSecret, world.received.find(({ url }) => url === all.url)?.headers ?? {}, "")).toBe(false);
    });

    it("signs with both secrets for a day after a rotation, and then with the new one", async () => {
      const { endpoints, pass, finish } = world;
      const { id, secrets: old } = await endpoints.create("acc_1", { url: "https://a.example/" });
      const { secrets } = await endpoints.rotateSecret("acc_1", id);
      const signatures = async () => {
        await finish();
        await pass();
        const { headers, body } = world.received.at(-1)!;
        return [secrets[0]!.value, old[0]!.value].map((secret) => verifies(secret, headers, body));
      };
      expect(await signatures()).toEqual([true, true]);
      world.now += secretOverlapMs - 1;
      expect(await signatures()).toEqual([true, true]);
      world.now += 1;
      expect(await signatures()).toEqual([true, false]);
    });

    it("keeps the order of one job's messages though the first must be tried again, and holds up no other job", async () => {
      const { endpoints, pass, finish } = world;
      await endpoints.create("acc_1", { url: "https://a.example/", events: ["job.started", "job.succeeded"] });
      world.statuses.set("https://a.example/", 500);
      const first = await finish();
      await pass();
      expect(world.received.map(({ type }) => type)).toEqual(["job.started"]);
      world.statuses.set("https://a.example/", 200);
      const second = await finish();
      await pass();
      world.now += 6_000;
      await pass();
      await pass();
      expect(world.received.map(({ type, data }) => [type, data.id]).slice(1)).toEqual([
        ["job.started", second],
        ["job.succeeded", second],
        ["job.started", first],
        ["job.succeeded", first],
      ]);
      expect(world.received[3]?.id).toBe(world.received[0]?.id);
    });

    it("does not let the backlog of one account delay another", async () => {
      const { endpoints, dispatcher, finish } = world;
      await endpoints.create("acc_slow", { url: "https://slow.example/" });
      await endpoints.create("acc_good", { url: "https://good.example/" });
      world.statuses.set("https://slow.example/", "hang");
      for (let i = 0; i < 250; i++) await finish(undefined, "acc_slow");
      world.now += 1;
      await finish(undefined, "acc_good");
      // One pass is enough, though everything of the other account was due before and waits for ever.
      await dispatcher.startDue();
      await vi.waitUntil(() => world.received.length > 0, { interval: 1 });
      expect(world.received.map(({ url }) => url)).toEqual(["https://good.example/"]);
    });

    it("sends one message again under its old id, from the start of the schedule", async () => {
      const { pass, finish, log } = world;
      await finish({ url: "https://own.example/", events: [] });
      await pass();
      const { rows } = await log.list({ accountId: "acc_1", endpointId: "default", limit: 10 });
      const id = rows[0]!.messageId;
      expect(rows[0]).toMatchObject({ status: "delivered", responses: [{ statusCode: 200, excerpt: "seen" }] });
      expect(await log.redeliver("acc_1", id)).toMatchObject({ status: "pending", attempt: 0 });
      await pass();
      expect(world.received.map((message) => message.id)).toEqual([id, id]);
      expect((await log.get("acc_1", id)).responses).toHaveLength(2);
      await expect(log.get("acc_2", id)).rejects.toMatchObject({ code: "delivery_not_found" });
    });

    it("tells progress to those who ask, at most once a second, once, and before the end", async () => {
      const { jobs, endpoints, pass } = world;
      const asks = await endpoints.create("acc_1", {
        url: "https://a.example/",
        events: ["job.progress", "job.succeeded"],
      });
      await endpoints.create("acc_1", { url: "https://b.example/" });
      const job = sampleJob(world.newId(), world.now);
      await jobs.submit({ job });
      const claim = await jobs.claim(job.id, "w");
      if (claim.outcome !== "claimed") throw new Error(claim.outcome);
      world.statuses.set(asks.url, 500);
      for (let step = 1; step <= 5; step++) {
        await jobs.progress(claim.job, { type: "step", data: {} }, { step, total: 5 });
        if (step === 3) await pass();
        world.now += 400;
      }
      world.statuses.set(asks.url, 200);
      await jobs.succeed(claim.job, { images: [], warnings: [], inferenceMs: 1 });
      await pass();
      world.now += 3_600_000;
      await pass();
      // Steps 1 and 4: the others came within a second. The refused one is not sent again.
      expect(world.received.filter(({ url }) => url === asks.url).map(({ type }) => type)).toEqual([
        "job.progress",
        "job.progress",
        "job.succeeded",
      ]);
      expect(new Set(world.received.map(({ id }) => id)).size).toBe(world.received.length);
      expect(world.received.filter(({ url }) => url !== asks.url).map(({ type }) => type)).toEqual(["job.succeeded"]);
      expect(await endpoints.get("acc_1", asks.id)).toMatchObject({ enabled: true });
    });

    it("tells once that money runs low, and again after there was more", async () => {
      const { jobs, endpoints, pass } = world;
      const accounts = new Accounts(world);
      await world.items.write([{ put: { pk: "ACC#acc_1", sk: "META", data: { id: "acc_1" } } }]);
      await accounts.setTerms("acc_1", { lowBalance: 200 });
      await accounts.credit("acc_1", { amount: 450, reference: "1" });
      await endpoints.create("acc_1", { url: "https://a.example/", events: ["balance.low"] });
      const submit = async (count: number) => {
        const price = samplePrice;
        const all = Array.from({ length: count }, () => sampleJob(world.newId(), world.now, { price }));
        await Promise.all(all.map((job) => jobs.submit({ job, terms: { unlimited: false, lowBalance: 200 } })));
        await pass();
        return world.received.map(({ data }) => data.available);
      };
      expect(await submit(2), "250 are left").toEqual([]);
      expect(await submit(1)).toEqual([150]);
      expect(world.received[0]).toMatchObject({
        type: "balance.low",
        data: { low_balance: 200, low_balance_decimal: "0.0002", currency: "USD" },
      });
      expect(await submit(1), "told already").toEqual([150]);
      await accounts.credit("acc_1", { amount: 100, reference: "2" });
      expect(await submit(1), "150 are still low").toEqual([150]);
      await accounts.credit("acc_1", { amount: 350, reference: "3" });
      expect((await submit(3)).length, "three at the same moment, one notice").toBe(2);
    });

    it("leaves no lane behind once everything has arrived", async () => {
      const { pass, finish } = world;
      await finish({ url: "https://own.example/", events: [] });
      expect(await world.lanes()).toHaveLength(1);
      await pass();
      world.now += 10_001;
      await pass();
      expect(await world.lanes()).toEqual([]);
    });
  });
}
