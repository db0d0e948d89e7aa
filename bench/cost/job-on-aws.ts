import type { Hono } from "hono";
import { createApp } from "../../functions/api/app.ts";
import type { ApiEnv } from "../../functions/api/dependencies.ts";
import { cdnImages } from "../../functions/api/http/lambda-edge.ts";
import { presentJob } from "../../functions/api/jobs/present-job.ts";
import { sweepJobs } from "../../functions/tick/sweep-jobs.ts";
import { sweepLeftovers } from "../../functions/tick/sweep-leftovers.ts";
import { wakeDispatcher } from "../../functions/tick/wake-dispatcher.ts";
import { DeliveryDispatcher } from "../../functions/webhook/dispatch-deliveries.ts";
import { handleNotices } from "../../functions/webhook/handle-notices.ts";
import { watchJobs } from "../../gpu-worker/cloud/worker-metrics.ts";
import { consumeJobs } from "../../gpu-worker/jobs/consume-jobs.ts";
import { liveAccountSecrets } from "../../shared/access/account-secrets.ts";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { createLinkSigner } from "../../shared/access/signed-link.ts";
import { openDynamoItems } from "../../shared/aws/items.ts";
import { reportSecondsPerJob } from "../../shared/fair-queue/worker-reports.ts";
import { thumbnailSides } from "../../shared/images/thumbnails.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { heartbeatsPerLease, leaseMs, lookMs } from "../../shared/limits.ts";
import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import { Accounts } from "../../shared/money/accounts.ts";
import type { Items } from "../../shared/ports/items.ts";
import { createLaneQueue } from "../../shared/ports/lane-queue.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import { withMethods } from "../../shared/ports/with-methods.ts";
import { keepRecords } from "../../shared/records/keep-records.ts";
import { announceOutbox } from "../../shared/webhooks/announce-outbox.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { createMemoryDynamoDb } from "../../test/support/aws/memory-dynamodb.ts";
import { createFakeEngine } from "../../test/support/engine/fake-engine.ts";
import { createMemoryObjects } from "../../test/support/memory-objects.ts";
import { createMemoryQueue } from "../../test/support/memory-queue.ts";
import { RequestCounter } from "./count-requests.ts";
import { JumpingClock } from "./jumping-clock.ts";

/** A case: what is asked for, and whether somebody looks on. */
export interface JobCase {
  readonly name: string;
  readonly promptCharacters: number;
  readonly isWatched: boolean;
}

const origin = "https://api.example";
/** Ten seconds an image: eight steps. */
const stepMs = 1_250;
const receiverMs = 100;
const minuteMs = 60_000;
/** As the tick of a deployment has it. */
const recordsMs = 600_000;
/** A worker reports its pace so often; the time between two jobs, in which others would be drawn, does not count. */
const paceEveryMs = 30_000;
const waitMs = 20_000;

/**
 * The production code of a deployment, from the request to the webhook, over a DynamoDB, queues and a bucket in memory
 * that count what is asked of them, in virtual time.
 */
export class JobsOnAws {
  readonly counter = new RequestCounter();
  readonly #clock = new JumpingClock();
  readonly #items: Items;
  readonly #lanes = createLaneQueue({
    interactive: this.counter.queue(createMemoryQueue({ clock: this.#clock }), "sqs-fair"),
    batch: this.counter.queue(createMemoryQueue({ clock: this.#clock }), "sqs-fair"),
  });
  readonly #notices = this.counter.queue(createMemoryQueue({ clock: this.#clock }), "sqs");
  readonly #objects = this.counter.objects(createMemoryObjects({ clock: this.#clock }));
  /** Without notices: the dispatcher's own. */
  readonly #plainItems: Items;
  readonly #app: Hono<ApiEnv>;
  readonly #keys: string[] = [];
  #lastId = 0;
  /** Time drawn since the worker last reported its pace. */
  #drawnMs = 0;

  constructor() {
    const client = createMemoryDynamoDb({
      projections: { gsi1: "KEYS_ONLY", due: "KEYS_ONLY" },
      onConsumed: (_command, consumed) => this.counter.count("dynamodb", consumed),
    });
    this.#plainItems = openDynamoItems({ client, table: "jobs" });
    this.#items = announceOutbox(this.#plainItems, this.#notices, (error) => {
      throw error;
    });
    this.#app = createApp({
      items: this.#items,
      queue: this.#lanes,
      jobs: this.#jobs(),
      clock: this.#clock,
      newId: this.newId,
      objects: cdnImages(this.#objects),
      models: [catalogModel({ id: "z-image-turbo", family: "turbo", random: false })],
      linkSecret: "a secret for links",
      publicUrl: origin,
      trustProxy: true,
      hearsLostConnections: false,
      localMode: false,
      log: () => {},
    });
  }

  newId = (): string => String(++this.#lastId).padStart(26, "0");

  /** Accounts with credit, and a first job of each: what only the first job writes is not counted. */
  async open(accounts: number): Promise<void> {
    const apiKeys = new ApiKeys({ items: this.#items, clock: this.#clock, newId: this.newId });
    const money = new Accounts({ items: this.#items, clock: this.#clock });
    for (let i = 0; i < accounts; i++) {
      const { id } = await apiKeys.createAccount(`account ${i}`);
      await money.credit(id, { amount: 1_000_000_000, reference: "first" });
      this.#keys.push((await apiKeys.createKey(id)).value);
      await this.run(i, { name: "first", promptCharacters: 60, isWatched: false });
    }
    this.counter.all.length = 0;
  }

  /** One job of one account, to its end; nothing else happens meanwhile. */
  async run(account: number, { promptCharacters, isWatched }: JobCase): Promise<void> {
    const key = this.#keys[account % this.#keys.length]!;
    const jobId = await this.#submit(key, promptCharacters);
    const watching = isWatched ? this.#watch(key, jobId) : Promise.resolve();
    await this.#draw();
    await this.#clock.until(watching);
    this.#stage("webhook");
    await this.#fetchImage(await this.#deliver());
    await this.#tick();
  }

  async #submit(key: string, promptCharacters: number): Promise<string> {
    this.#stage("submit");
    const response = await this.#request(key, "POST", "/v1/jobs", {
      prompt: "a lighthouse above the sea ".repeat(promptCharacters).slice(0, promptCharacters),
      size: "1024x1024",
      webhook: { url: "https://receiver.example/hooks/images" },
    });
    if (response.status !== 202) throw new Error(`POST /v1/jobs: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  }

  /** Reads the job's event stream to its end, as a page would. */
  async #watch(key: string, jobId: string): Promise<void> {
    const response = await this.#request(key, "GET", `/v1/jobs/${jobId}/events`);
    const text = await response.text();
    if (!text.includes("event: done")) throw new Error(`the stream did not end: ${text}`);
  }

  async #draw(): Promise<void> {
    this.#stage("draw");
    const stop = new AbortController();
    const queue: Queue = withMethods(this.#lanes, {
      delete: async (receipt) => {
        await this.#lanes.delete(receipt);
        stop.abort();
      },
    });
    const workerId = "ip-10-0-12-34.ec2.internal-17-4QXZ7K";
    const isPaceDue = () => this.#drawnMs >= paceEveryMs;
    const onPace = async (secondsPerJob: number) => {
      this.#drawnMs = isPaceDue() ? 0 : this.#drawnMs;
      this.#drawnMs += secondsPerJob * 1_000;
      if (isPaceDue()) await reportSecondsPerJob(this.#items, workerId, secondsPerJob, this.#clock.now());
    };
    // Its pace by model is an item of its own, written as rarely.
    const items = withMethods(this.#items, {
      write: async (writes) => {
        const isPace = writes.every((write) => "put" in write && write.put.pk.startsWith("PACE#"));
        if (!isPace || isPaceDue()) await this.#items.write(writes);
      },
    });
    const jobs = createJobStore({ items, clock: this.#clock });
    const engine = createFakeEngine({ beforeStep: () => this.#clock.sleep(stepMs) });
    const consuming = consumeJobs(
      {
        queue,
        objects: this.#objects,
        engine,
        previews: true,
        // The clock does not wait for what is really computed; it is their objects that cost.
        thumbnailer: async () => thumbnailSides.map((side) => ({ side, bytes: new Uint8Array(side) })),
        clock: this.#clock,
        workerId,
        jobs: watchJobs(jobs, { now: this.#clock.now, write: () => {}, onPace }).jobs,
        log: () => {},
        leaseMs,
        heartbeatMs: leaseMs / heartbeatsPerLease,
        lookMs,
        graceMs: waitMs,
      },
      { stop: stop.signal, hurry: new AbortController().signal },
    );
    await this.#clock.until(consuming);
  }

  /** Lambda's event source of the notices, and the dispatcher behind it. @returns bodies that the receiver was sent */
  async #deliver(): Promise<string[]> {
    const bodies: string[] = [];
    const receiving = this.#notices.receive({ max: 10, visibilityMs: minuteMs, waitMs });
    await this.#clock.until(receiving);
    const messages = await receiving;
    if (messages.length === 0) return bodies;
    this.counter.count("lambda");
    const [items, clock, newId] = [this.#plainItems, this.#clock, this.newId];
    const jobs = createJobStore({ items, clock });
    const apiKeys = new ApiKeys({ items, clock, newId });
    const link = createLinkSigner({ secret: "a secret for links", origin, now: clock.now, lifeS: 3_600 });
    const dispatcher = new DeliveryDispatcher({
      items,
      clock,
      newId,
      random: () => 0.5,
      log: () => {},
      endpoints: new WebhookEndpoints({ items, clock, newId }),
      job: (id) => jobs.get(id),
      present: (job) => presentJob(job, { link }),
      secrets: async (accountId) => liveAccountSecrets(await apiKeys.getAccount(accountId), clock.now()),
      fetch: async (_url, { body = "" }) => {
        bodies.push(String(body));
        await clock.sleep(receiverMs);
        return { status: 200, headers: {}, body: new Uint8Array(), truncated: false };
      },
    });
    const Records = messages.map(({ id, body }) => ({ messageId: id, body }));
    await this.#clock.until(handleNotices({ Records }, { dispatcher, clock, log: () => {} }));
    for (const { receipt } of messages) await this.#notices.delete(receipt);
    return bodies;
  }

  /** The receiver of the webhook fetches the image by the link it was sent. */
  async #fetchImage(bodies: readonly string[]): Promise<void> {
    this.#stage("fetch");
    const [body] = bodies;
    const url = body === undefined ? undefined : (JSON.parse(body) as SentJob).data.images[0]?.url;
    if (url === undefined) throw new Error(`the webhook brought no image: ${body}`);
    const response = await this.#request(undefined, "GET", url.slice(origin.length));
    if (response.status !== 302) throw new Error(`${url}: ${response.status}`);
    this.counter.count("cdn");
    this.counter.count("s3-get");
  }

  /** What the tick finds of the job a minute later. */
  async #tick(): Promise<void> {
    this.#stage("tick");
    await this.#clock.until(this.#clock.sleep(minuteMs));
    const [items, clock, queue] = [this.#items, this.#clock, this.#lanes];
    const jobs = this.#jobs();
    await wakeDispatcher(items, { notices: this.#notices, clock });
    const swept = await sweepJobs({ jobs, queue });
    if (swept.resent + swept.ended > 0) throw new Error(`the tick had to repair: ${JSON.stringify(swept)}`);
    await sweepLeftovers({ items, jobs, objects: this.#objects, clock });
    await keepRecords({ items, jobs, clock, everyMs: recordsMs });
    if ((await this.#deliver()).length > 0) throw new Error("the tick found a message that was not sent");
  }

  #stage(name: string): void {
    this.counter.stage = name;
  }

  #jobs() {
    return createJobStore({ items: this.#items, clock: this.#clock });
  }

  async #request(key: string | undefined, method: string, path: string, body?: object): Promise<Response> {
    for (const service of ["cdn", "api", "lambda"] as const) this.counter.count(service);
    return this.#app.request(`${origin}${path}`, {
      method,
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { "content-type": "application/json", "idempotency-key": this.newId() }),
      },
      body: body && JSON.stringify(body),
    });
  }
}

interface SentJob {
  readonly data: { readonly images: readonly { readonly url: string }[] };
}
