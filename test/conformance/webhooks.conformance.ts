import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeliveryLog } from "../../functions/webhook/delivery-log.ts";
import { DeliveryDispatcher } from "../../functions/webhook/dispatch-deliveries.ts";
import { retryDelaysMs } from "../../functions/webhook/retry-schedule.ts";
import { PipelineError } from "../../shared/errors.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { Accounts } from "../../shared/money/accounts.ts";
import { guardedFetch } from "../../shared/net/guarded-fetch.ts";
import type { Items } from "../../shared/ports/items.ts";
import { secretOverlapMs, type WebhookEndpoint, WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { lanesDue } from "../../shared/webhooks/webhook-outbox.ts";
import { newWebhookSecret } from "../../shared/webhooks/webhook-signature.ts";
import { sampleJob, samplePrice } from "../support/sample-job.ts";

interface Received {
  readonly url: string;
  readonly type: string;
  readonly id: string;
  readonly data: { readonly [name: string]: unknown };
  readonly body: string;
  readonly headers: { readonly [name: string]: string };
}

const startedAt = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
/** As long as the schedule lasts, with all the jitter there is. */
const scheduleMs = 1.2 * retryDelaysMs.reduce((sum, delay) => sum + delay, 0);

/** Endpoints, outbox, dispatcher and delivery log over one `items` driver; receivers are functions. */
export function webhooksConformance(name: string, open: () => Promise<Items>): void {
  describe(`webhooks over ${name}`, () => {
    let items: Items;
    let now: number;
    let lastId: number;
    let received: Received[];
    /** What each URL answers; 200 unless it says otherwise. */
    let answers: Map<string, number | "hang" | "forbidden">;
    beforeEach(async () => {
      items = await open();
      now = startedAt;
      lastId = 0;
      received = [];
      answers = new Map();
    });
    afterEach(() => items.close());

    const clock = { now: () => now, sleep: async () => {} };
    const newId = () => String(++lastId).padStart(26, "0");
    const setUp = () => {
      const jobs = createJobStore({ items, clock, leaseMs: 1_000 });
      const endpoints = new WebhookEndpoints({ items, clock, newId });
      const accountSecret = newWebhookSecret();
      const dispatcher = new DeliveryDispatcher({
        items,
        endpoints,
        clock,
        newId,
        random: () => 0,
        log: () => {},
        job: (id) => jobs.get(id),
        present: ({ id, status }) => ({ id, status }),
        secrets: async () => [accountSecret],
        async fetch(url, { body, headers }) {
          const answer = answers.get(url) ?? 200;
          if (answer === "hang") await new Promise(() => {});
          // Its name has the address 0.0.0.0 now.
          if (answer === "forbidden") return guardedFetch(url, { method: "POST", resolve: async () => ["0.0.0.0"] });
          const { type, data } = JSON.parse(String(body));
          received.push({
            url,
            type,
            data,
            body: String(body),
            headers: headers ?? {},
            id: headers?.["webhook-id"] ?? "",
          });
          if (answer === 0) throw new PipelineError("webhook_unreachable", "closed", { retryable: true });
          return { status: Number(answer), headers: {}, body: Buffer.from("seen"), truncated: false };
        },
      });
      const pass = async () => {
        while (await dispatcher.startDue()) await dispatcher.settled();
        await dispatcher.settled();
      };
      /** One pass after another until nothing is due within `ms`. */
      const pump = async (ms: number) => {
        const end = now + ms;
        for (; now <= end; now += 1_000 * 60 * 30) await pass();
        now = end;
        await pass();
      };
      const finish = async (webhook?: { url: string; events: string[] }, accountId = "acc_1") => {
        const job = sampleJob(newId(), now, { accountId, webhook });
        await jobs.submit({ job });
        const claim = await jobs.claim(job.id, "w");
        if (claim.outcome !== "claimed") throw new Error(claim.outcome);
        await jobs.succeed(claim.job, { images: [], warnings: [], inferenceMs: 1 });
        return job.id;
      };
      return {
        jobs,
        endpoints,
        dispatcher,
        pass,
        pump,
        finish,
        accountSecret,
        log: new DeliveryLog({ items, clock, newId }),
      };
    };
    const lanes = async () => (await items.query({ index: "due", partition: lanesDue })).items;

    it("tells each endpoint what its filter lets pass, signed with its own secret, and each job's own webhook", async () => {
      const { endpoints, pass, finish, accountSecret } = setUp();
      const all = await endpoints.create("acc_1", { url: "https://all.example/" });
      const some = await endpoints.create("acc_1", { url: "https://some.example/", events: ["job.started"] });
      await endpoints.create("acc_1", { url: "https://none.example/", events: ["job.failed"] });
      await endpoints.create("acc_2", { url: "https://other.example/" });
      await finish({ url: "https://own.example/", events: [] });
      await pass();
      expect(received.map(({ url, type }) => `${url} ${type}`).sort()).toEqual([
        "https://all.example/ job.succeeded",
        "https://own.example/ job.succeeded",
        "https://some.example/ job.started",
      ]);
      const secretOf = (url: string) =>
        [all, some].find((endpoint) => endpoint.url === url)?.secrets[0]?.value ?? accountSecret;
      // The clock of the test is not the verifier's.
      for (const { url, headers, body } of received) expect(verifies(secretOf(url), headers, body)).toBe(true);
      expect(verifies(accountSecret, received.find(({ url }) => url === all.url)?.headers ?? {}, "")).toBe(false);
    });

    it("signs with both secrets for a day after a rotation, and then with the new one", async () => {
      const { endpoints, pass, finish } = setUp();
      const { id, secrets: old } = await endpoints.create("acc_1", { url: "https://a.example/" });
      const { secrets } = await endpoints.rotateSecret("acc_1", id);
      const signatures = async () => {
        await finish();
        await pass();
        const { headers, body } = received.at(-1)!;
        return [secrets[0]!.value, old[0]!.value].map((secret) => verifies(secret, headers, body));
      };
      expect(await signatures()).toEqual([true, true]);
      now += secretOverlapMs - 1;
      expect(await signatures()).toEqual([true, true]);
      now += 1;
      expect(await signatures()).toEqual([true, false]);
    });

    it("keeps the order of one job's messages though the first must be tried again, and holds up no other job", async () => {
      const { endpoints, pass, finish } = setUp();
      await endpoints.create("acc_1", { url: "https://a.example/", events: ["job.started", "job.succeeded"] });
      answers.set("https://a.example/", 500);
      const first = await finish();
      await pass();
      expect(received.map(({ type }) => type)).toEqual(["job.started"]);
      answers.set("https://a.example/", 200);
      const second = await finish();
      await pass();
      now += 6_000;
      await pass();
      await pass();
      expect(received.map(({ type, data }) => [type, data.id]).slice(1)).toEqual([
        ["job.started", second],
        ["job.succeeded", second],
        ["job.started", first],
        ["job.succeeded", first],
      ]);
      expect(received[3]?.id).toBe(received[0]?.id);
    });

    it("does not let the backlog of one account delay another", async () => {
      const { endpoints, dispatcher, finish } = setUp();
      await endpoints.create("acc_slow", { url: "https://slow.example/" });
      await endpoints.create("acc_good", { url: "https://good.example/" });
      answers.set("https://slow.example/", "hang");
      for (let i = 0; i < 250; i++) await finish(undefined, "acc_slow");
      now += 1;
      await finish(undefined, "acc_good");
      // One pass is enough, though everything of the other account was due before and waits for ever.
      await dispatcher.startDue();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(received.map(({ url }) => url)).toEqual(["https://good.example/"]);
    });

    it("switches an endpoint off on 410, tells the others, and skips what happens meanwhile until it is replayed", async () => {
      const { endpoints, pass, finish, log } = setUp();
      const gone = await endpoints.create("acc_1", { url: "https://gone.example/", events: ["job.succeeded"] });
      await endpoints.create("acc_1", { url: "https://b.example/", events: ["webhook_endpoint.disabled"] });
      answers.set(gone.url, 410);
      await finish();
      await pass();
      await pass();
      expect(await endpoints.get("acc_1", gone.id)).toMatchObject({ enabled: false, disabled: { reason: "gone" } });
      expect(received.at(-1)).toMatchObject({
        url: "https://b.example/",
        type: "webhook_endpoint.disabled",
        data: { id: gone.id, disabled_reason: "gone" },
      });
      now += 1;
      const missed = await finish();
      await pass();
      const query = { accountId: "acc_1", endpointId: gone.id, limit: 10 };
      expect((await log.list(query)).rows.map(({ status }) => status)).toEqual(["skipped", "disabled"]);
      const replay = { accountId: "acc_1", endpointId: gone.id, since: now, which: "undelivered" } as const;
      await expect(log.replay(replay)).rejects.toMatchObject({ code: "webhook_endpoint_disabled" });
      answers.set(gone.url, 200);
      expect((await endpoints.update("acc_1", gone.id, { enabled: true })).disabled).toBeUndefined();
      expect(await log.replay(replay)).toEqual({ count: 1 });
      await pass();
      expect(received.at(-1)).toMatchObject({ url: gone.url, data: { id: missed } });
      expect(await log.replay({ ...replay, since: startedAt })).toEqual({ count: 1 });
      expect(await log.replay({ ...replay, since: startedAt, which: "all" })).toEqual({ count: 1 });
    });

    it("switches off what failed through the whole schedule, unless something got through meanwhile", async () => {
      const { endpoints, pump, finish, log } = setUp();
      const dead = await endpoints.create("acc_1", { url: "https://dead.example/" });
      answers.set(dead.url, 0);
      await finish();
      await pump(scheduleMs / 2);
      answers.set(dead.url, 200);
      await finish();
      await pump(60_000);
      answers.set(dead.url, 0);
      await finish();
      await pump(scheduleMs / 2 + dayMs);
      expect(await endpoints.get("acc_1", dead.id)).toMatchObject({ enabled: true });
      await pump(scheduleMs / 2);
      expect(await endpoints.get("acc_1", dead.id)).toMatchObject({ enabled: false, disabled: { reason: "failing" } });
      const { rows } = await log.list({ accountId: "acc_1", endpointId: dead.id, limit: 10 });
      expect(rows[0]).toMatchObject({ status: "failed", attempt: 10 });
      expect(rows[0]?.answers).toHaveLength(10);
    });

    it("leaves an endpoint on that a name server misled once, and when a job is gone that is told of again", async () => {
      const { endpoints, pump, finish, log } = setUp();
      const { id, url } = await endpoints.create("acc_1", { url: "https://moving.example/" });
      const query = { accountId: "acc_1", endpointId: id, limit: 10 };
      const jobId = await finish();
      answers.set(url, "forbidden");
      await pump(0);
      expect((await log.list(query)).rows).toMatchObject([{ status: "pending", attempt: 1 }]);
      answers.set(url, 200);
      await pump(60_000);
      expect((await log.list(query)).rows).toMatchObject([{ status: "delivered", attempt: 2 }]);
      now += dayMs;
      await items.write([{ delete: { pk: `JOB#${jobId}`, sk: "META" } }]);
      expect(await log.replay({ ...query, since: startedAt, which: "all" })).toEqual({ count: 1 });
      await pump(0);
      expect((await log.list(query)).rows).toMatchObject([{ status: "failed", attempt: 1 }]);
      expect(await endpoints.get("acc_1", id)).toMatchObject({ enabled: true });
    });

    it("sends one message again under its old id, from the start of the schedule", async () => {
      const { pass, finish, log } = setUp();
      await finish({ url: "https://own.example/", events: [] });
      await pass();
      const { rows } = await log.list({ accountId: "acc_1", endpointId: "default", limit: 10 });
      const id = rows[0]!.messageId;
      expect(rows[0]).toMatchObject({ status: "delivered", answers: [{ statusCode: 200, excerpt: "seen" }] });
      expect(await log.redeliver("acc_1", id)).toMatchObject({ status: "pending", attempt: 0 });
      await pass();
      expect(received.map((message) => message.id)).toEqual([id, id]);
      expect((await log.get("acc_1", id)).answers).toHaveLength(2);
      await expect(log.get("acc_2", id)).rejects.toMatchObject({ code: "delivery_not_found" });
    });

    it("sends a test on request, and drops what was for an endpoint that is deleted", async () => {
      const { endpoints, pass, log } = setUp();
      const endpoint = await endpoints.create("acc_1", { url: "https://a.example/", events: ["job.failed"] });
      await log.sendTest(endpoint);
      await pass();
      expect(received).toMatchObject([{ type: "webhook.test", data: { id: endpoint.id } }]);
      const { messageId } = await log.sendTest(endpoint);
      await endpoints.remove("acc_1", endpoint.id);
      await pass();
      expect(received).toHaveLength(1);
      expect((await log.get("acc_1", messageId)).status).toBe("disabled");
    });

    it("tells progress to those who ask, at most once a second, once, and before the end", async () => {
      const { jobs, endpoints, pass } = setUp();
      const asks = await endpoints.create("acc_1", {
        url: "https://a.example/",
        events: ["job.progress", "job.succeeded"],
      });
      await endpoints.create("acc_1", { url: "https://b.example/" });
      const job = sampleJob(newId(), now);
      await jobs.submit({ job });
      const claim = await jobs.claim(job.id, "w");
      if (claim.outcome !== "claimed") throw new Error(claim.outcome);
      answers.set(asks.url, 500);
      for (let step = 1; step <= 5; step++) {
        await jobs.progress(claim.job, { type: "step", data: {} }, { step, total: 5 });
        if (step === 3) await pass();
        now += 400;
      }
      answers.set(asks.url, 200);
      await jobs.succeed(claim.job, { images: [], warnings: [], inferenceMs: 1 });
      await pass();
      now += 3_600_000;
      await pass();
      // Steps 1 and 4: the others came within a second. The refused one is not sent again.
      expect(received.filter(({ url }) => url === asks.url).map(({ type }) => type)).toEqual([
        ...["job.progress", "job.progress", "job.succeeded"],
      ]);
      expect(new Set(received.map(({ id }) => id)).size).toBe(received.length);
      expect(received.filter(({ url }) => url !== asks.url).map(({ type }) => type)).toEqual(["job.succeeded"]);
      expect(await endpoints.get("acc_1", asks.id)).toMatchObject({ enabled: true });
    });

    it("tells once that money runs low, and again after there was more", async () => {
      const { jobs, endpoints, pass } = setUp();
      const accounts = new Accounts({ items, clock });
      await items.write([{ put: { pk: "ACC#acc_1", sk: "META", data: { id: "acc_1" } } }]);
      await accounts.setTerms("acc_1", { lowBalance: 200 });
      await accounts.credit("acc_1", { amount: 450, reference: "1" });
      await endpoints.create("acc_1", { url: "https://a.example/", events: ["balance.low"] });
      const submit = async (count: number) => {
        const price = samplePrice;
        const all = Array.from({ length: count }, () => sampleJob(newId(), now, { price }));
        await Promise.all(all.map((job) => jobs.submit({ job, terms: { unlimited: false, lowBalance: 200 } })));
        await pass();
        return received.map(({ data }) => data.available);
      };
      expect(await submit(2), "250 are left").toEqual([]);
      expect(await submit(1)).toEqual([150]);
      expect(received[0]).toMatchObject({ type: "balance.low", data: { low_balance: 200, currency: "USD" } });
      expect(await submit(1), "told already").toEqual([150]);
      await accounts.credit("acc_1", { amount: 100, reference: "2" });
      expect(await submit(1), "150 are still low").toEqual([150]);
      await accounts.credit("acc_1", { amount: 350, reference: "3" });
      expect((await submit(3)).length, "three at the same moment, one notice").toBe(2);
    });

    it("follows an endpoint to the URL that it was given since", async () => {
      const { endpoints, pass, finish } = setUp();
      const { id } = await endpoints.create("acc_1", { url: "https://typo.example/" });
      answers.set("https://typo.example/", 404);
      await finish();
      await pass();
      await endpoints.update("acc_1", id, { url: "https://right.example/" });
      now += 6_000;
      await pass();
      expect(received.map(({ url }) => url)).toEqual(["https://typo.example/", "https://right.example/"]);
    });

    it("leaves no lane behind once everything has arrived", async () => {
      const { pass, finish } = setUp();
      await finish({ url: "https://own.example/", events: [] });
      expect(await lanes()).toHaveLength(1);
      await pass();
      now += 10_001;
      await pass();
      expect(await lanes()).toEqual([]);
    });

    it("refuses more endpoints than an account may have, and does not mix accounts", async () => {
      const { endpoints } = setUp();
      const made: WebhookEndpoint[] = [];
      for (let i = 0; i < 20; i++) made.push(await endpoints.create("acc_1", { url: `https://${i}.example/` }));
      await expect(endpoints.create("acc_1", { url: "https://x.example/" })).rejects.toMatchObject({
        code: "webhook_endpoint_limit",
      });
      expect(await endpoints.list("acc_1")).toEqual(made);
      await expect(endpoints.get("acc_2", made[0]!.id)).rejects.toMatchObject({ code: "webhook_endpoint_not_found" });
      await expect(endpoints.rotateSecret("acc_2", made[0]!.id)).rejects.toMatchObject({
        code: "webhook_endpoint_not_found",
      });
    });
  });
}

function verifies(secret: string, headers: { readonly [name: string]: string }, body: string): boolean {
  const timestamp = new Date(Number(headers["webhook-timestamp"]) * 1_000);
  const expected = new Webhook(secret).sign(headers["webhook-id"] ?? "", timestamp, body);
  return (headers["webhook-signature"] ?? "").split(" ").includes(expected);
}
