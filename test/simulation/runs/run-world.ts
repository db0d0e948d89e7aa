import type { Hono } from "hono";
// Loaded now: what is loaded while a simulation runs would take real time in the middle of it.
import "../../../functions/api/catalogue/create-run.ts";
import "../../../functions/catalogue/run/import-catalogue.ts";
import { createApp } from "../../../functions/api/app.ts";
import type { ApiEnv } from "../../../functions/api/dependencies.ts";
import { UploadedFiles } from "../../../functions/api/files/uploaded-files.ts";
import { QueueView } from "../../../functions/api/jobs/queue-view.ts";
import { Moderator } from "../../../functions/api/moderation/moderator.ts";
import { unfinishedRuns } from "../../../functions/runs/run-store.ts";
import { handleSteps } from "../../../functions/runs/steps/handle-steps.ts";
import { repairRuns } from "../../../functions/runs/steps/repair-runs.ts";
import { takeStep } from "../../../functions/runs/steps/take-step.ts";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { createJobStore } from "../../../shared/jobs/create-job-store.ts";
import { catalogModel } from "../../../shared/model-catalog/model-catalog.ts";
import { defaultPrices } from "../../../shared/money/price-list.ts";
import { createRequestBudget } from "../../../shared/net/request-budget.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Items } from "../../../shared/ports/items.ts";
import { createLaneQueue } from "../../../shared/ports/lane-queue.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { Queue } from "../../../shared/ports/queue.ts";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { fakeModel } from "../../support/engine/fake-engine.ts";
import { createMemoryObjects } from "../../support/memory-objects.ts";
import { createMemoryQueue } from "../../support/memory-queue.ts";
import { type RolePorts, runTick, runWorker, simulatedLeaseMs } from "../roles.ts";
import { Scheduler } from "../scheduler.ts";
import { type FaultRates, noFaults, SimulatedProcess } from "../simulated-process.ts";
import { BatchClient } from "./batch-client.ts";
import { CatalogueClient } from "./catalogue-client.ts";
import { openPayers, type Payer } from "./payers.ts";

type Role = "api" | "tick" | "steps-0" | "steps-1" | "worker-0" | "worker-1";

/** A deliberate bug: what the processes that take steps, and the tick, stand on. */
export interface RunMutation {
  readonly items?: (inner: Items) => Items;
  readonly objects?: (inner: Objects, clock: Pick<Clock, "sleep">) => Objects;
  readonly noRepair?: boolean;
}

const roles: readonly Role[] = ["api", "tick", "steps-0", "steps-1", "worker-0", "worker-1"];
const storm: FaultRates = { refused: 0.01, answerLost: 0.01, slow: 0.01, duplicated: 0.1 };
const blowEveryMs = 2_000;
const restartMs = 1_500;
const stormMs = 60_000;
/** Checks of a paused run come after five minutes at most, and a dead feeder's turn ends after three. */
const patienceMs = 30 * 60_000;
const repairEveryMs = 10_000;
const stepVisibilityMs = 120_000;
const window = 6;

/**
 * Runs under one scheduler: the API, two processes that take steps, the tick and workers, which are killed and paused,
 * over ports that fail, with messages that come twice. One of the accounts runs out of money, and gets more later.
 */
export class RunWorld {
  readonly scheduler: Scheduler;
  readonly items: Items;
  readonly objects: Objects;
  readonly clients: BatchClient[] = [];
  readonly catalogues: CatalogueClient[] = [];
  readonly wholeTables = new Map<string, readonly { readonly sku: string; readonly title: string }[]>();
  readonly crashes: string[] = [];
  payers: readonly Payer[] = [];
  settled = false;
  kills = 0;
  pauses = 0;
  readonly steps: Queue;
  readonly #lanes: { readonly interactive: Queue; readonly batch: Queue };
  readonly #mutation: RunMutation;
  readonly #running = new Map<Role, { readonly process: SimulatedProcess; readonly stop: AbortController }>();
  #app: { readonly app: Hono<ApiEnv>; readonly process: SimulatedProcess } | undefined;
  #faults: FaultRates = noFaults;
  #isStormy = true;
  #lastId = 0;

  constructor(seed: number, mutation: RunMutation = {}) {
    this.scheduler = new Scheduler(seed);
    const { clock } = this.scheduler;
    this.items = openEmbeddedItems(":memory:", { clock });
    this.objects = createMemoryObjects({ clock });
    this.#lanes = { interactive: createMemoryQueue({ clock }), batch: createMemoryQueue({ clock }) };
    this.steps = createMemoryQueue({ clock });
    this.#mutation = mutation;
  }

  newId = (): string => String(++this.#lastId).padStart(26, "0");

  /** @param catalogues - rows of each catalogue run beside the batches */
  async run(batches: number, catalogues: readonly number[] = []): Promise<void> {
    const { scheduler, items, newId } = this;
    // Rows wait for each other at two workers: the storm and the patience grow with them.
    const moreMs = catalogues.reduce((sum, rows) => sum + rows, 0) * 1_000;
    this.payers = await openPayers({ items, newId, clock: scheduler.clock });
    this.#faults = storm;
    for (const role of roles) this.#start(role);
    for (let i = 0; i < batches; i++) {
      const client = new BatchClient(i, scheduler.pick(this.payers), this);
      this.clients.push(client);
      scheduler.after(scheduler.between(0, stormMs / 2), () => void client.live());
    }
    for (const [i, rows] of catalogues.entries()) {
      const client = new CatalogueClient(i, scheduler.pick(this.payers), rows, this);
      this.catalogues.push(client);
      scheduler.after(scheduler.between(0, stormMs / 2), () => void client.live());
    }
    for (const payer of this.payers) scheduler.after(scheduler.between(stormMs / 2, stormMs), () => void payer.topUp());
    this.#blow();
    await scheduler.run(scheduler.now() + stormMs + moreMs / 2);
    scheduler.note("calm");
    this.#isStormy = false;
    this.#faults = noFaults;
    for (const role of roles) if (!this.#running.has(role)) this.#start(role);
    const until = scheduler.now() + patienceMs + 2 * moreMs;
    while (!this.settled && scheduler.now() < until) {
      await scheduler.run(scheduler.now() + 5_000);
      this.settled = await this.#isDone();
    }
    for (const { process } of this.#running.values()) process.kill();
  }

  /** A request to the API process of the moment. @throws TypeError when that is gone */
  request(path: string, init: RequestInit): Promise<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const { scheduler } = this;
    scheduler.after(scheduler.between(1, 20), () => {
      const api = this.#app;
      const lost = () => reject(new TypeError("connection lost"));
      if (api === undefined || !api.process.alive) return lost();
      scheduler.after(scheduler.between(10_000, 20_000), lost);
      const answered = async () => {
        const response = await api.app.request(path, init);
        return new Response(await response.text(), { status: response.status });
      };
      answered().then(
        (response) => scheduler.after(scheduler.between(1, 20), () => (api.process.alive ? resolve(response) : lost())),
        (error: unknown) => this.crashes.push(`api: ${error}`),
      );
    });
    return promise;
  }

  /** Stores a file as an upload would. @returns its id */
  async upload(accountId: string, text: string): Promise<string> {
    const files = new UploadedFiles({ items: this.items, objects: this.objects, clock: this.scheduler.clock });
    const file = { filename: "in.jsonl", contentType: "application/jsonl", purpose: "batch", metadata: {} };
    return (await files.create({ ...file, accountId, id: `file-${this.newId()}` }, Buffer.from(text))).id;
  }

  #start(role: Role): void {
    const process = new SimulatedProcess(`${role}.${this.newId().slice(-4)}`, this.scheduler, () => this.#faults);
    const stop = new AbortController();
    this.#running.set(role, { process, stop });
    const isMutated = role.startsWith("steps") || role === "tick";
    const { items: changeItems = same, objects: changeObjects = same } = isMutated ? this.#mutation : {};
    const ports: RolePorts = this.#ports(process, { changeItems, changeObjects });
    const runSteps = process.queue(this.steps);
    if (role === "api") {
      const app = createApp({ ...ports, ...this.#api(), runSteps });
      this.#app = { app, process };
      return;
    }
    const work = role.startsWith("worker")
      ? runWorker(
          ports,
          { workerId: process.name, scheduler: this.scheduler, isStormy: () => this.#isStormy },
          stop.signal,
        )
      : role === "tick"
        ? Promise.all([runTick(ports, stop.signal), this.#repair(ports, runSteps, stop.signal)])
        : this.#takeSteps(ports, runSteps, stop.signal);
    work.then(
      () => this.#restart(role, process),
      (error: unknown) => {
        if (!(error instanceof Error && error.name === "BrokenWorker")) this.crashes.push(`${process.name}: ${error}`);
        this.#restart(role, process);
      },
    );
  }

  #ports(
    process: SimulatedProcess,
    change: {
      readonly changeItems: (inner: Items) => Items;
      readonly changeObjects: NonNullable<RunMutation["objects"]>;
    },
  ): RolePorts {
    const items = change.changeItems(process.items(this.items));
    const objects = change.changeObjects(this.#wholeTables(process.objects(this.objects)), process.clock);
    const { interactive, batch } = this.#lanes;
    const queue = createLaneQueue({ interactive: process.queue(interactive), batch: process.queue(batch) });
    const { clock } = process;
    const jobs = createJobStore({ items, clock, resendAfterMs: 5_000, leaseMs: simulatedLeaseMs });
    return { items, objects, queue, jobs, clock, newId: this.newId };
  }

  /** Stores the whole table of a run in place of the row that its request has brought. */
  #wholeTables(objects: Objects): Objects {
    return withMethods(objects, {
      put: (key, body, options) => {
        const [first] = key.endsWith("/input.json") ? JSON.parse(Buffer.from(body).toString()) : [];
        const whole = first === undefined ? undefined : this.wholeTables.get(first.sku);
        return objects.put(key, whole === undefined ? body : Buffer.from(JSON.stringify(whole)), options);
      },
    });
  }

  #api() {
    return {
      models: [catalogModel(fakeModel)],
      linkSecret: "a secret for links",
      localMode: false,
      newSeed: () => this.scheduler.between(0, 1_000),
      log: () => {},
    };
  }

  /** Lambda's event source and the function behind it. */
  async #takeSteps(ports: RolePorts, runSteps: Queue, signal: AbortSignal): Promise<void> {
    const { items, queue, clock } = ports;
    const dependencies = {
      ...ports,
      ...this.#api(),
      prices: defaultPrices,
      queueView: new QueueView({ items, queue, clock }),
      budget: createRequestBudget({ clock }),
      moderator: new Moderator({ items, clock, log: () => {} }),
      window,
      partBytes: 2_000,
    };
    const log = (_level: string, message: string, fields: { readonly [name: string]: unknown } = {}) => {
      this.scheduler.note(`${message} ${JSON.stringify(fields)}`);
    };
    while (!signal.aborted) {
      const poll = { max: 1, visibilityMs: stepVisibilityMs, waitMs: 5_000, signal };
      // A poll that fails is made again, as Lambda does.
      const messages = await runSteps.receive(poll).catch(() => clock.sleep(100, signal).then(() => []));
      for (const { id: messageId, body, receipt } of messages) {
        const event = { Records: [{ messageId, body }] };
        await handleSteps(event, { runSteps, clock, log, takeStep: (message) => takeStep(message, dependencies) });
        await runSteps.delete(receipt).catch(() => {});
      }
    }
  }

  async #repair({ items, clock }: RolePorts, runSteps: Queue, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#mutation.noRepair) await repairRuns(items, { runSteps, now: clock.now() }).catch(() => {});
      await clock.sleep(repairEveryMs, signal);
    }
  }

  #blow(): void {
    const { scheduler } = this;
    scheduler.after(scheduler.between(0, 2 * blowEveryMs), () => {
      if (!this.#isStormy) return;
      const role = scheduler.pick(roles);
      const running = this.#running.get(role);
      if (running !== undefined && scheduler.chance(0.7)) {
        this.kills++;
        running.process.kill();
        this.#restart(role, running.process);
      } else if (running !== undefined && role !== "api") {
        this.pauses++;
        running.process.pause(scheduler.between(500, 90_000));
      }
      this.#blow();
    });
  }

  #restart(role: Role, process: SimulatedProcess): void {
    if (this.#running.get(role)?.process !== process) return;
    this.#running.delete(role);
    this.scheduler.after(this.scheduler.between(0, 2 * restartMs), () => {
      if (!this.#running.has(role)) this.#start(role);
    });
  }

  async #isDone(): Promise<boolean> {
    if ([...this.clients, ...this.catalogues].some(({ done }) => !done)) return false;
    if ((await unfinishedRuns(this.items)).length > 0) return false;
    const depths = await Promise.all(
      [this.steps, this.#lanes.interactive, this.#lanes.batch].map((one) => one.depth()),
    );
    return depths.every(({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0);
  }
}

function same<T>(port: T): T {
  return port;
}
