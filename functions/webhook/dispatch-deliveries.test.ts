import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Job } from "../../shared/job.ts";
import { guardedFetch } from "../../shared/net/guarded-fetch.ts";
import type { Item, Items, Json } from "../../shared/ports/items.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import {
  deliveriesDue,
  deliveryKey,
  deliveryLeaseMs,
  jobMessageId,
  outboxWrites,
} from "../../shared/webhooks/webhook-outbox.ts";
import { newWebhookSecret } from "../../shared/webhooks/webhook-signature.ts";
import { DeliveryDispatcher, type DispatchDependencies, type DispatchLimits } from "./dispatch-deliveries.ts";
import { retryDelaysMs } from "./retry-schedule.ts";

const secret = newWebhookSecret();
const startedAt = Date.UTC(2026, 0, 1);
let now: number;
let items: Items;
let servers: Server[];
/** Answers held back by `hang`, so that no test waits for a time-out. */
let release: () => void;
let released: Promise<void>;

beforeEach(() => {
  now = startedAt;
  items = openEmbeddedItems(":memory:", { clock: { now: () => now, sleep: async () => {} } });
  servers = [];
  ({ promise: released, resolve: release } = Promise.withResolvers<void>());
});

afterEach(async () => {
  release();
  for (const server of servers) server.close().closeAllConnections();
  await items.close();
});

async function receiver(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

/** One turn of the event loop: what a wait comes to where time stands still. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

let ids = 0;
const newId = () => String(++ids).padStart(26, "0");

function endpoints() {
  return new WebhookEndpoints({ items, clock: { now: () => now, sleep: turn }, newId });
}

/** Answers 500 once released. */
const hang: RequestListener = async (_request, response) => {
  await released;
  response.writeHead(500).end();
};

function dispatcher(overrides: Partial<DispatchDependencies> = {}, limits: DispatchLimits = {}) {
  return new DeliveryDispatcher(
    {
      items,
      clock: { now: () => now, sleep: turn },
      random: () => 0,
      newId,
      endpoints: endpoints(),
      log: () => {},
      job: async (id) => ({ id }) as Job,
      present: ({ id }) => ({ id }),
      secrets: async () => [secret],
      fetch: (url, request) => guardedFetch(url, { ...request, allowLoopback: true }),
      ...overrides,
    },
    limits,
  );
}

async function put(jobId: string, url: string, accountId = "acc_1"): Promise<void> {
  const webhook = { url, events: [] };
  const job = { id: jobId, accountId, status: "succeeded", webhook } as unknown as Job;
  await items.write(await outboxWrites(items, job, [{ type: "done" }], now));
}

const messageOf = (jobId: string) => jobMessageId(jobId, "job.succeeded");
const rowKey = (jobId: string) => deliveryKey(messageOf(jobId));

async function row(jobId: string): Promise<Item> {
  const item = await items.get(rowKey(jobId));
  expect(item).toBeDefined();
  return item as Item;
}

async function pass(dispatch: DeliveryDispatcher): Promise<void> {
  await dispatch.startDue();
  await dispatch.settled();
}

describe("DeliveryDispatcher", () => {
  it("delivers a due row, records the answer and takes it out of the index", async () => {
    const url = await receiver((_request, response) => response.writeHead(202).end("thanks"));
    await put("job_1", url);
    await pass(dispatcher());
    const { data, dueAt, exp } = await row("job_1");
    expect(data).toMatchObject({
      status: "delivered",
      attempt: 1,
      responses: [{ statusCode: 202, excerpt: "thanks" }],
    });
    expect(dueAt).toBeUndefined();
    expect(exp).toBeGreaterThan(startedAt / 1_000);
    expect((await items.query({ index: "due", partition: deliveriesDue("acc_1") })).items).toEqual([]);
  });

  it("leaves rows alone that are not due", async () => {
    await put("job_1", "http://127.0.0.1:1/");
    now -= 1;
    await pass(dispatcher());
    expect((await row("job_1")).data.attempt).toBe(0);
  });

  it("keeps the schedule in the row, sends the same id each time, and gives up after the last attempt", async () => {
    const ids: unknown[] = [];
    const url = await receiver((request, response) => {
      ids.push(request.headers["webhook-id"]);
      response.writeHead(503).end();
    });
    await put("job_1", url);
    const waited: number[] = [];
    const told: number[] = [];
    const onRetry = async (at: number) => void told.push(at - now);
    for (;;) {
      // A new dispatcher each time: nothing of the schedule lives in memory.
      await pass(dispatcher({ onRetry }));
      const { dueAt } = await row("job_1");
      if (dueAt === undefined) break;
      waited.push(dueAt - now);
      now = dueAt - 1;
      await pass(dispatcher());
      expect((await row("job_1")).data.attempt).toBe(waited.length);
      now = dueAt;
    }
    expect(waited).toEqual(retryDelaysMs.slice(1));
    expect(told).toEqual(waited);
    expect(ids).toEqual(Array(10).fill(messageOf("job_1")));
    const { data } = await row("job_1");
    expect(data).toMatchObject({ status: "failed", attempt: 10 });
    expect(data.responses).toHaveLength(10);
    expect((data.responses as Json[]).at(-1)).toMatchObject({ statusCode: 503, error: { code: "webhook_refused" } });
  });

  it("never tries again after 410", async () => {
    await put("job_1", await receiver((_request, response) => response.writeHead(410).end()));
    await pass(dispatcher());
    const { data, dueAt } = await row("job_1");
    expect(data).toMatchObject({ status: "disabled", attempt: 1 });
    expect(dueAt).toBeUndefined();
  });

  it("delivers to a good receiver while a slow and a dead one hold all they can", async () => {
    const good: unknown[] = [];
    const goodUrl = await receiver((request, response) => {
      good.push(request.headers["webhook-id"]);
      response.end();
    });
    let hanging = 0;
    const slowUrl = await receiver((request, response) => {
      hanging++;
      hang(request, response);
    });
    const deadUrl = await receiver(() => {});
    servers.at(-1)?.close(); // nothing listens there now
    for (let i = 0; i < 150; i++) await put(`slow_${i}`, slowUrl, "acc_slow");
    for (let i = 0; i < 150; i++) await put(`dead_${i}`, deadUrl, "acc_dead");
    now += 1;
    for (let i = 0; i < 10; i++) await put(`good_${i}`, goodUrl, "acc_good");
    const dispatch = dispatcher({}, { rowsPerPass: 20 });
    // The slow receiver answers nothing until all good messages have arrived.
    while (good.length < 10) {
      await dispatch.startDue();
      await turn();
    }
    expect(hanging).toBeLessThanOrEqual(4);
    release();
    await dispatch.settled();
    for (let i = 0; i < 10; i++)
      expect((await row(`good_${i}`)).data).toMatchObject({ status: "delivered", attempt: 1 });
    expect(new Set(good).size).toBe(10);
  });

  it("gives one account no more than its share, over any number of hosts", async () => {
    const urls = await Promise.all(Array.from({ length: 5 }, () => receiver(hang)));
    for (const [i, url] of urls.entries()) await put(`job_${i}`, url);
    const dispatch = dispatcher({}, { perAccount: 3 });
    expect(await dispatch.startDue()).toBe(true);
    const claimed = await Promise.all(urls.map(async (_, i) => (await row(`job_${i}`)).data.status));
    expect(claimed.filter((status) => status === "sending")).toHaveLength(3);
    release();
    await dispatch.settled();
  });

  it("lets one of two dispatchers have a row", async () => {
    let requests = 0;
    const url = await receiver((_request, response) => {
      requests++;
      response.end();
    });
    for (let i = 0; i < 20; i++) await put(`job_${i}`, url);
    const [a, b] = [dispatcher({}, { perHost: 20 }), dispatcher({}, { perHost: 20 })];
    await Promise.all([a.startDue(), b.startDue()]);
    await Promise.all([a.settled(), b.settled()]);
    expect(requests).toBe(20);
  });

  it("says that nothing is under way when all that is left waits for what another dispatcher sends", async () => {
    const url = await receiver(hang);
    const webhook = { url, events: ["job.started", "job.succeeded"] };
    const running = { id: "job_1", accountId: "acc_1", status: "running", attempt: 1, startedAt: now, webhook };
    await items.write(await outboxWrites(items, running as unknown as Job, [{ type: "started" }], now));
    const [first, second] = [dispatcher(), dispatcher()];
    await first.startDue();
    const done = { ...running, status: "succeeded" } as unknown as Job;
    await items.write(await outboxWrites(items, done, [{ type: "done" }], now));
    expect([await second.startDue(), await second.settled()]).toEqual([true, false]);
    release();
    expect(await first.settled()).toBe(true);
  });

  it("sends again, under the same id, what a dispatcher that died had claimed or even delivered", async () => {
    const ids: unknown[] = [];
    const url = await receiver((request, response) => {
      ids.push(request.headers["webhook-id"]);
      response.end();
    });
    await put("job_1", url);
    // Dies after the receiver's response and before the row is written: from then on its store is unreachable.
    let alive = true;
    const dying: Items = {
      ...items,
      query: (query) => items.query(query),
      write: (writes) => (alive ? items.write(writes) : new Promise(() => {})),
    };
    const first = dispatcher({
      items: dying,
      fetch: async (to, request) => {
        const response = await guardedFetch(to, { ...request, allowLoopback: true });
        alive = false;
        return response;
      },
    });
    await first.startDue();
    while (alive) await turn();
    await pass(dispatcher());
    expect(ids).toHaveLength(1); // the lease of the dead one still holds
    now += deliveryLeaseMs;
    await pass(dispatcher());
    expect(ids).toEqual([messageOf("job_1"), messageOf("job_1")]);
    expect((await row("job_1")).data).toMatchObject({ status: "delivered", attempt: 2 });
  });

  it("hands back what is under way when it is stopped, due at once and not counted", async () => {
    const arrived = Promise.withResolvers<void>();
    const url = await receiver((request, response) => {
      arrived.resolve();
      hang(request, response);
    });
    await put("job_1", url);
    const stop = new AbortController();
    const running = dispatcher().run(stop.signal, { graceMs: 0 });
    await arrived.promise;
    stop.abort();
    await running;
    const { data, dueAt } = await row("job_1");
    expect(data).toMatchObject({ status: "pending", attempt: 0 });
    expect(dueAt).toBe(now);
  });

  it("survives a bug in one message: that row is retried, the others are delivered", async () => {
    const url = await receiver((_request, response) => response.end());
    await put("job_bad", url);
    await put("job_good", url);
    const present = ({ id }: Job) => {
      if (id === "job_bad") throw new TypeError("cannot read properties of undefined");
      return { id };
    };
    await pass(dispatcher({ present }));
    expect((await row("job_bad")).data).toMatchObject({
      status: "pending",
      responses: [{ error: { code: "internal_error" } }],
    });
    expect((await row("job_good")).data.status).toBe("delivered");
  });

  it("gives up a row that is unreadable, or whose every attempt was cut off", async () => {
    await put("job_1", "http://127.0.0.1:1/");
    const worn = await row("job_1");
    await items.write([
      { put: { ...rowKey("job_1"), duePk: deliveriesDue("acc_1"), dueAt: now, data: { ...worn.data, attempt: 10 } } },
      { put: { ...rowKey("job_2"), duePk: deliveriesDue("acc_1"), dueAt: now, data: { url: 7 } } },
    ]);
    await pass(dispatcher());
    for (const id of ["job_1", "job_2"]) expect((await row(id)).data.status).toBe("failed");
    expect((await items.query({ index: "due", partition: deliveriesDue("acc_1") })).items).toEqual([]);
  });

  it("goes on when the outbox cannot be read for a moment", async () => {
    const delivered = Promise.withResolvers<void>();
    await put("job_1", await receiver((_request, response) => response.end(() => delivered.resolve())));
    let failures = 2;
    const flaky: Items = {
      ...items,
      write: (writes) => items.write(writes),
      query: (query) => (failures-- > 0 ? Promise.reject(new Error("disk busy")) : items.query(query)),
    };
    const stop = new AbortController();
    const running = dispatcher({ items: flaky }).run(stop.signal);
    await delivered.promise;
    stop.abort();
    await running;
  });

  it("puts no secret into the row or the log", async () => {
    const lines: string[] = [];
    await put("job_1", await receiver((_request, response) => response.writeHead(500).end()));
    await pass(dispatcher({ log: (_level, message, fields) => lines.push(message + JSON.stringify(fields)) }));
    await put("job_2", "http://127.0.0.1:1/");
    await pass(
      dispatcher({ log: (...line) => lines.push(JSON.stringify(line)), secrets: async () => ["whsec_short"] }),
    );
    expect(lines).toHaveLength(2);
    const everything = JSON.stringify([lines, await row("job_1"), await row("job_2")]);
    expect(everything).not.toContain(secret.slice(6));
    expect(everything).not.toContain("whsec_short");
    expect((await row("job_2")).data).toMatchObject({
      status: "failed",
      responses: [{ error: { code: "webhook_secret_invalid" } }],
    });
  });
});
