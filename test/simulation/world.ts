import type { Hono } from "hono";
import type { ApiEnv } from "../../functions/api/dependencies.ts";
import { sweepLeftovers } from "../../functions/tick/sweep-leftovers.ts";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import type { Job } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { jobsDue } from "../../shared/jobs/job-records.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { leftoversGraceMs } from "../../shared/jobs/leftovers.ts";
import { queryDue } from "../../shared/ports/due-shards.ts";
import type { Items } from "../../shared/ports/items.ts";
import { createLaneQueue, type LaneQueue } from "../../shared/ports/lane-queue.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import { deliveriesDue } from "../../shared/webhooks/webhook-outbox.ts";
import { allJobs } from "../support/api/all-jobs.ts";
import { createMemoryObjects } from "../support/memory-objects.ts";
import { createMemoryQueue } from "../support/memory-queue.ts";
import { SimulatedClient } from "./client.ts";
import type { Evidence } from "./invariants.ts";
import type { Mutation } from "./mutations.ts";
import { type Claim, type Observations, observeStore } from "./observe-store.ts";
import { Receivers, type Temper } from "./receivers.ts";
import {
  kindOf,
  openApi,
  type ProcessName,
  type Role,
  type RolePorts,
  runDispatcher,
  runTick,
  runWorker,
  simulatedLeaseMs,
} from "./roles.ts";
import { Scheduler } from "./scheduler.ts";
import { type FaultRates, noFaults, SimulatedProcess } from "./simulated-process.ts";
import { openTenants, type Tenant } from "./tenant.ts";

const resendAfterMs = 5_000;
const askAfterMs = 20_000;
/** Blows that lose a message of the queue as well. */
const lossRate = 0.2;
const workerCount = 3;
/** Mean pause between two jobs, between two blows, and until a process that went is back, in milliseconds. */
const jobEveryMs = 500;
const blowEveryMs = 1_200;
const restartMs = 1_500;
/** After the last submission the blows go on for this long. */
const aftermathMs = 20_000;
/** Once nothing fails any more, every job must be over within this. */
const patienceMs = 5 * 60_000;
/** … and every message must have arrived: the flaky receivers push some far down the retry schedule. */
const deliveryPatienceMs = 12 * 3_600_000;

const chaosFaults: FaultRates = { refused: 0.01, answerLost: 0.01, slow: 0.01, duplicated: 0.05 };

/** What happened in a run, to check that it covered enough. */
export interface Summary {
  readonly jobs: number;
  readonly statuses: { [status: string]: number };
  readonly attempts: number;
  readonly kills: number;
  /** Webhook messages that receivers acted on. */
  readonly messages: number;
  readonly events: number;
}

/**
 * The whole service under one scheduler: production code in processes that can be killed, over ports that fail, with
 * clients and receivers around it. `run` takes it through a storm and a calm; then the invariants can be asked.
 */
export class World implements Evidence, Observations {
  readonly scheduler: Scheduler;
  readonly items: Items;
  readonly queue: Queue;
  readonly objects: Objects;
  /** The job store without faults, for the simulation itself. */
  readonly jobs: JobStore;
  readonly receivers: Receivers;
  readonly clients: SimulatedClient[] = [];
  readonly tenants: Tenant[] = [];
  readonly claims: Claim[] = [];
  readonly watched = new Set<string>();
  readonly canceledAfter = new Map<string, number>();
  /** What processes threw that their code does not expect. */
  readonly crashes: string[] = [];
  /** A deliberate bug may leave the sweep of objects out; it is asked for all the same. */
  readonly sweptObjects = true;
  /** Whether the jobs, and then the messages, were over in time. */
  jobsSettled = false;
  messagesSettled = false;
  summary: Summary = { jobs: 0, statuses: {}, attempts: 0, kills: 0, messages: 0, events: 0 };
  #kills = 0;
  readonly #lanes: LaneQueue["lanes"];
  readonly #mutation: Mutation;
  readonly #tempers = new Map<string, Temper>();
  readonly #running = new Map<ProcessName, { process: SimulatedProcess; stop: AbortController }>();
  #app: Hono<ApiEnv> | undefined;
  #faults: FaultRates = noFaults;
  #storm = true;
  #lastId = 0;
  #lastProcess = 0;

  constructor(seed: number, mutation: Mutation = {}) {
    this.scheduler = new Scheduler(seed);
    const { clock } = this.scheduler;
    this.items = openEmbeddedItems(":memory:", { clock });
    this.#lanes = { interactive: createMemoryQueue({ clock }), batch: createMemoryQueue({ clock }) };
    this.queue = createLaneQueue(this.#lanes);
    this.objects = createMemoryObjects({ clock });
    this.jobs = createJobStore({ items: this.items, clock });
    this.receivers = new Receivers(this.scheduler, this.#tempers);
    this.#mutation = mutation;
  }

  newId = (): string => String(++this.#lastId).padStart(26, "0");

  /** @returns what `check` finds wrong afterwards, while the store is still open */
  async run(jobCount: number, check: (evidence: Evidence) => Promise<string[]>): Promise<string[]> {
    const { scheduler } = this;
    const { items, newId } = this;
    this.tenants.push(...(await openTenants({ items, newId, clock: scheduler.clock }, this.#tempers)));
    this.#faults = chaosFaults;
    for (const role of this.#roles()) this.#start(role);
    for (let i = 0; i < jobCount; i++) {
      scheduler.after(scheduler.between(0, jobCount * jobEveryMs), () => {
        const client = new SimulatedClient(`client-${i}`, scheduler.pick(this.tenants), this);
        this.clients.push(client);
        void client.live();
      });
    }
    this.#blow();
    await scheduler.run(scheduler.now() + jobCount * jobEveryMs + aftermathMs);

    scheduler.note("calm");
    this.#storm = false;
    this.#faults = noFaults;
    this.receivers.calm = true;
    for (const role of this.#roles()) if (!this.#running.has(role)) this.#start(role);
    this.jobsSettled = await this.#until(patienceMs, 1_000, () => this.#isDone());
    // Nothing is left for these, and their polls are most of what happens in hours of retries.
    for (const [role, { process }] of this.#running) if (role !== "dispatcher") process.kill();
    this.messagesSettled = await this.#until(deliveryPatienceMs, 15_000, () => this.#isTold());
    for (const { process } of this.#running.values()) process.kill();
    await scheduler.run(scheduler.now() + leftoversGraceMs + 1_000);
    const ports = { items: this.items, jobs: this.jobs, objects: this.objects, clock: scheduler.clock };
    if (!this.#mutation.noObjectSweep) await sweepLeftovers(ports, 1_000);
    const wrong = await check(this);
    this.summary = await this.#summarise();
    await this.items.close();
    return wrong;
  }

  async #summarise(): Promise<Summary> {
    const jobs = await this.allJobs();
    const statuses: Summary["statuses"] = {};
    for (const { status } of jobs) statuses[status] = (statuses[status] ?? 0) + 1;
    return {
      jobs: jobs.length,
      statuses,
      attempts: this.claims.length,
      kills: this.#kills,
      messages: this.receivers.receipts.length,
      events: this.scheduler.events,
    };
  }

  /** A request over the network to the API process of the moment; rejects when that is killed, or there is none. */
  request(path: string, init: RequestInit): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const { scheduler } = this;
    const lost = () => reject(new TypeError("connection lost"));
    scheduler.after(scheduler.between(1, 20), () => {
      const api = this.#running.get("api");
      const app = this.#app;
      if (api === undefined || app === undefined) return lost();
      this.#onDeath(api.process, lost);
      // A body that is read to its end inside: an answer is whole or lost.
      const answered = async () => {
        const response = await app.request(path, init);
        return new Response(await response.text(), { status: response.status, headers: response.headers });
      };
      answered().then(
        (response) => scheduler.after(scheduler.between(1, 20), () => (api.process.alive ? resolve(response) : lost())),
        (error: unknown) => this.crashes.push(`api: ${error}`),
      );
    });
    return promise;
  }

  #roles() {
    const workers = Array.from({ length: workerCount }, (_, i) => `worker-${i}` as const);
    return ["api", "tick", "dispatcher", ...workers] as const;
  }

  #start(role: ProcessName): void {
    const process = new SimulatedProcess(`${role}.${++this.#lastProcess}`, this.scheduler, () => this.#faults);
    const stop = new AbortController();
    this.#running.set(role, { process, stop });
    this.scheduler.note(`${process.name} starts`);
    const kind = kindOf(role);
    const ports = this.#openPorts(kind, process);
    const { scheduler } = this;
    if (kind === "api") {
      this.#app = openApi({ ...ports, jobs: observeStore(ports.jobs, process.name, this) }, scheduler);
      return;
    }
    const { signal } = stop;
    const work = {
      tick: () => runTick(ports, signal),
      dispatcher: () => {
        const fetch = (this.#mutation.fetch ?? same)(this.receivers.fetchFrom(process), process);
        return runDispatcher(ports, { fetch, random: scheduler.random, pollMs: this.#storm ? 500 : 2_000 }, signal);
      },
      worker: () => {
        const jobs = observeStore(ports.jobs, process.name, this);
        const isStormy = () => this.#storm;
        return runWorker({ ...ports, jobs }, { workerId: process.name, scheduler, isStormy }, signal);
      },
    }[kind];
    work().then(
      () => this.#ended(role, process),
      (error: unknown) => {
        // A worker that met what it does not know goes, and a fresh one comes.
        if (!(error instanceof Error && error.name === "BrokenWorker")) this.crashes.push(`${process.name}: ${error}`);
        this.#ended(role, process);
      },
    );
  }

  /** The ports as a process has them: with faults, and with the deliberate bug of its kind. */
  #openPorts(kind: Role, process: SimulatedProcess): RolePorts {
    const { clock } = process;
    const mutate = this.#mutation[kind] ?? {};
    const items = (mutate.items ?? same)(process.items(this.items), process);
    const { interactive, batch } = this.#lanes;
    const lanes = createLaneQueue({ interactive: process.queue(interactive), batch: process.queue(batch) });
    const queue = (mutate.queue ?? same)(lanes, process);
    const objects = (mutate.objects ?? same)(process.objects(this.objects), process);
    const store = createJobStore({ items, clock, resendAfterMs, askAfterMs, leaseMs: simulatedLeaseMs });
    const jobs = (mutate.jobs ?? same)(store, process, queue);
    return { items, queue, objects, jobs, clock, newId: this.newId };
  }

  #ended(role: ProcessName, process: SimulatedProcess): void {
    this.scheduler.note(`${process.name} ended`);
    if (this.#running.get(role)?.process === process) this.#restart(role);
  }

  #restart(role: ProcessName): void {
    this.#running.delete(role);
    if (role === "api") this.#app = undefined;
    this.scheduler.after(this.scheduler.between(0, 2 * restartMs), () => {
      if (!this.#running.has(role)) this.#start(role);
    });
  }

  /** Something happens to one of the processes, and again after a while, until the storm is over. */
  #blow(): void {
    const { scheduler } = this;
    scheduler.after(scheduler.between(0, 2 * blowEveryMs), () => {
      if (!this.#storm) return;
      if (!this.#mutation.losesNothing && scheduler.chance(lossRate)) void this.#loseMessage();
      const role = scheduler.pick(this.#roles());
      const running = this.#running.get(role);
      if (running) {
        const kind = scheduler.between(1, 10);
        if (kind <= 6 || (role === "api" && kind > 8)) {
          this.#kills++;
          running.process.kill();
          this.#died(running.process);
          this.#restart(role);
        } else if (kind <= 8) {
          running.process.pause(scheduler.between(500, 3 * simulatedLeaseMs));
        } else {
          scheduler.note(`${running.process.name} asked to stop`);
          running.stop.abort();
        }
      }
      this.#blow();
    });
  }

  /** No queue should; but one may be purged, or restored without its newest messages. */
  async #loseMessage(): Promise<void> {
    const lane = this.#lanes[this.scheduler.pick(["interactive", "batch"] as const)];
    const [message] = await lane.receive({ visibilityMs: 1_000 });
    if (message === undefined) return;
    this.scheduler.note(`message lost: ${message.body}`);
    await lane.delete(message.receipt);
  }

  readonly #mourners = new Map<SimulatedProcess, (() => void)[]>();

  #onDeath(process: SimulatedProcess, then: () => void): void {
    const waiting = this.#mourners.get(process) ?? [];
    this.#mourners.set(process, [...waiting, then]);
  }

  #died(process: SimulatedProcess): void {
    for (const then of this.#mourners.get(process) ?? []) then();
    this.#mourners.delete(process);
  }

  async #until(ms: number, stepMs: number, holds: () => Promise<boolean>): Promise<boolean> {
    const end = this.scheduler.now() + ms;
    while (this.scheduler.now() < end) {
      if (await holds()) return true;
      await this.scheduler.run(this.scheduler.now() + stepMs);
    }
    return holds();
  }

  async #isDone(): Promise<boolean> {
    if (this.clients.some(({ done }) => !done)) return false;
    const { visible, inFlight, delayed } = await this.queue.depth();
    if (visible + inFlight + delayed > 0) return false;
    return (await queryDue(this.items, jobsDue, { limit: 1 })).length === 0;
  }

  /** Nothing waits but what is for the dead. */
  async #isTold(): Promise<boolean> {
    for (const { accountId } of this.tenants) {
      const { items } = await this.items.query({ index: "due", partition: deliveriesDue(accountId), limit: 1_000 });
      if (items.some(({ data }) => this.#tempers.get(String(data.url)) !== "dead")) return false;
    }
    return true;
  }

  isDead = (url: string): boolean => this.#tempers.get(url) === "dead";

  allJobs = (): Promise<Job[]> => allJobs(this.jobs, this.tenants);
}

function same<T>(port: T): T {
  return port;
}
