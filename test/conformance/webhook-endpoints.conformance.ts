import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { retryDelaysMs } from "../../functions/webhook/retry-schedule.ts";
import type { Items } from "../../shared/ports/items.ts";
import type { WebhookEndpoint } from "../../shared/webhooks/webhook-endpoints.ts";
import { openWebhooks, startedAt, type WebhooksUnderTest } from "./webhooks-under-test.ts";

const dayMs = 86_400_000;
/** As long as the schedule lasts, with all the jitter there is. */
const scheduleMs = 1.2 * retryDelaysMs.reduce((sum, delay) => sum + delay, 0);

/** What endpoints go through over one `items` driver: switched off, replayed, moved, tested and removed. */
export function webhookEndpointsConformance(name: string, open: () => Promise<Items>): void {
  describe(`webhook endpoints over ${name}`, () => {
    let world: WebhooksUnderTest;
    beforeEach(async () => {
      world = openWebhooks(await open());
    });
    afterEach(() => world.items.close());

    it("switches an endpoint off on 410, tells the others, and skips what happens meanwhile until it is replayed", async () => {
      const { endpoints, pass, finish, log } = world;
      const gone = await endpoints.create("acc_1", { url: "https://gone.example/", events: ["job.succeeded"] });
      await endpoints.create("acc_1", { url: "https://b.example/", events: ["webhook_endpoint.disabled"] });
      world.statuses.set(gone.url, 410);
      await finish();
      await pass();
      await pass();
      expect(await endpoints.get("acc_1", gone.id)).toMatchObject({ enabled: false, disabled: { reason: "gone" } });
      expect(world.received.at(-1)).toMatchObject({
        url: "https://b.example/",
        type: "webhook_endpoint.disabled",
        data: { id: gone.id, disabled_reason: "gone" },
      });
      world.now += 1;
      const missed = await finish();
      await pass();
      const query = { accountId: "acc_1", endpointId: gone.id, limit: 10 };
      expect((await log.list(query)).rows.map(({ status }) => status)).toEqual(["skipped", "disabled"]);
      const replay = { accountId: "acc_1", endpointId: gone.id, since: world.now, which: "undelivered" } as const;
      await expect(log.replay(replay)).rejects.toMatchObject({ code: "webhook_endpoint_disabled" });
      world.statuses.set(gone.url, 200);
      expect((await endpoints.update("acc_1", gone.id, { enabled: true })).disabled).toBeUndefined();
      expect(await log.replay(replay)).toEqual({ count: 1 });
      await pass();
      expect(world.received.at(-1)).toMatchObject({ url: gone.url, data: { id: missed } });
      expect(await log.replay({ ...replay, since: startedAt })).toEqual({ count: 1 });
      expect(await log.replay({ ...replay, since: startedAt, which: "all" })).toEqual({ count: 1 });
    });

    it("switches off what failed through the whole schedule, unless something got through meanwhile", async () => {
      const { endpoints, pump, finish, log } = world;
      const dead = await endpoints.create("acc_1", { url: "https://dead.example/" });
      world.statuses.set(dead.url, 0);
      await finish();
      await pump(scheduleMs / 2);
      world.statuses.set(dead.url, 200);
      await finish();
      await pump(60_000);
      world.statuses.set(dead.url, 0);
      await finish();
      await pump(scheduleMs / 2 + dayMs);
      expect(await endpoints.get("acc_1", dead.id)).toMatchObject({ enabled: true });
      await pump(scheduleMs / 2);
      expect(await endpoints.get("acc_1", dead.id)).toMatchObject({ enabled: false, disabled: { reason: "failing" } });
      const { rows } = await log.list({ accountId: "acc_1", endpointId: dead.id, limit: 10 });
      expect(rows[0]).toMatchObject({ status: "failed", attempt: 10 });
      expect(rows[0]?.responses).toHaveLength(10);
    });

    it("leaves an endpoint on that a name server misled once, and when a job is gone that is told of again", async () => {
      const { endpoints, pump, finish, log } = world;
      const { id, url } = await endpoints.create("acc_1", { url: "https://moving.example/" });
      const query = { accountId: "acc_1", endpointId: id, limit: 10 };
      const jobId = await finish();
      world.statuses.set(url, "forbidden");
      await pump(0);
      expect((await log.list(query)).rows).toMatchObject([{ status: "pending", attempt: 1 }]);
      world.statuses.set(url, 200);
      await pump(60_000);
      expect((await log.list(query)).rows).toMatchObject([{ status: "delivered", attempt: 2 }]);
      world.now += dayMs;
      await world.items.write([{ delete: { pk: `JOB#${jobId}`, sk: "META" } }]);
      expect(await log.replay({ ...query, since: startedAt, which: "all" })).toEqual({ count: 1 });
      await pump(0);
      expect((await log.list(query)).rows).toMatchObject([{ status: "failed", attempt: 1 }]);
      expect(await endpoints.get("acc_1", id)).toMatchObject({ enabled: true });
    });

    it("sends a test on request, and drops what was for an endpoint that is deleted", async () => {
      const { endpoints, pass, log } = world;
      const endpoint = await endpoints.create("acc_1", { url: "https://a.example/", events: ["job.failed"] });
      await log.sendTest(endpoint);
      await pass();
      expect(world.received).toMatchObject([{ type: "webhook.test", data: { id: endpoint.id } }]);
      const { messageId } = await log.sendTest(endpoint);
      await endpoints.remove("acc_1", endpoint.id);
      await pass();
      expect(world.received).toHaveLength(1);
      expect((await log.get("acc_1", messageId)).status).toBe("disabled");
    });

    it("follows an endpoint to the URL that it was given since", async () => {
      const { endpoints, pass, finish } = world;
      const { id } = await endpoints.create("acc_1", { url: "https://typo.example/" });
      world.statuses.set("https://typo.example/", 404);
      await finish();
      await pass();
      await endpoints.update("acc_1", id, { url: "https://right.example/" });
      world.now += 6_000;
      await pass();
      expect(world.received.map(({ url }) => url)).toEqual(["https://typo.example/", "https://right.example/"]);
    });

    it("refuses more endpoints than an account may have, and does not mix accounts", async () => {
      const { endpoints } = world;
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
