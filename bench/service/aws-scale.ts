import { UploadedFiles } from "../../functions/api/files/uploaded-files.ts";
import { QueueView } from "../../functions/api/jobs/queue-view.ts";
import { Moderator } from "../../functions/api/moderation/moderator.ts";
import { submitJob } from "../../functions/api/submission/submit-job.ts";
import type { Run } from "../../functions/runs/run.ts";
import { createRun, findRun } from "../../functions/runs/run-store.ts";
import { handleSteps } from "../../functions/runs/steps/handle-steps.ts";
import { repairRuns } from "../../functions/runs/steps/repair-runs.ts";
import { type StepDependencies, takeStep } from "../../functions/runs/steps/take-step.ts";
import { stepMessage } from "../../functions/runs/steps/wake-run.ts";
import type { Fleet } from "../../functions/tick/ecs-fleet.ts";
import { scaleFleet } from "../../functions/tick/scale-fleet.ts";
import { sweepJobs } from "../../functions/tick/sweep-jobs.ts";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { defaultScaling } from "../../shared/fair-queue/scaling.ts";
import { reportSecondsPerJob } from "../../shared/fair-queue/worker-reports.ts";
import type { Job } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import { defaultPrices } from "../../shared/money/price-list.ts";
import { createRequestBudget } from "../../shared/net/request-budget.ts";
import type { Items } from "../../shared/ports/items.ts";
import { createLaneQueue } from "../../shared/ports/lane-queue.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import { parseImageRequest } from "../../shared/request/parse-image-request.ts";
import { Scheduler } from "../../test/simulation/scheduler.ts";
import { createMemoryObjects } from "../../test/support/memory-objects.ts";
import { createMemoryQueue } from "../../test/support/memory-queue.ts";
import { type Report, reportOf } from "../report.ts";

export interface ScaleOptions {
  /** Rows of each of the three batches. */
  readonly rows: number;
  readonly workers: number;
}

/** Latencies as measured in one region: a read, a transaction, a call of SQS, of S3. Milliseconds. */
const [readMs, writeMs, queueMs, objectMs] = [5, 12, 8, 15];
const drawMs = 10_000;
const machineUpMs = 180_000;
const accounts = 20;
const batches = 3;
const minuteMs = 60_000;

/**
 * The production functions of runs and the tick, over the drivers of one machine with the latencies of AWS, in virtual
 * time: three batches of one account each, and one interactive job a minute from each of seventeen others in turn.
 */
export async function benchAwsScale(report: Report, options: ScaleOptions): Promise<void> {
  const world = new ScaledWorld(options);
  await world.run();
  world.tell(report);
}

class ScaledWorld {
  readonly #options: ScaleOptions;
  readonly #scheduler = new Scheduler(1);
  readonly #clock = this.#scheduler.clock;
  readonly #items: Items;
  readonly #lanes: { readonly interactive: Queue; readonly batch: Queue };
  readonly #steps: Queue;
  readonly #objects = createMemoryObjects({ clock: this.#clock });
  readonly #runIds: string[] = [];
  readonly #tickMs: number[] = [];
  readonly #finishMs: number[] = [];
  readonly #waitsMs: number[] = [];
  /** Rows begun, by minute. */
  readonly #begun = new Map<number, number>();
  /** Passes that began rows: how many, and how long they took. */
  readonly #fed = { rows: 0, ms: 0 };
  #desired = 0;
  #up = 0;
  #paidMs = 0;
  #drawn = 0;
  #decisions = 0;
  #isOver = false;
  #lastId = 0;

  constructor(options: ScaleOptions) {
    this.#options = options;
    const clock = this.#clock;
    const inner = openEmbeddedItems(":memory:", { clock });
    const after = <T>(ms: number, work: () => Promise<T>) => clock.sleep(ms).then(work);
    this.#items = {
      get: (key) => after(readMs, () => inner.get(key)),
      query: (query) => after(readMs, () => inner.query(query)),
      write: (writes) => after(writeMs, () => inner.write(writes)),
      close: () => inner.close(),
    };
    const slow = (queue: Queue): Queue => ({
      ...queue,
      send: (body, given) => after(queueMs, () => queue.send(body, given)),
      receive: (given) => after(queueMs, () => queue.receive(given)),
      delete: (receipt) => after(queueMs, () => queue.delete(receipt)),
      depth: () => after(queueMs, () => queue.depth()),
    });
    this.#lanes = { interactive: slow(createMemoryQueue({ clock })), batch: slow(createMemoryQueue({ clock })) };
    this.#steps = slow(createMemoryQueue({ clock }));
  }

  newId = (): string => String(++this.#lastId).padStart(26, "0");

  async run(): Promise<void> {
    const dependencies = this.#dependencies();
    const { jobs } = dependencies;
    void this.#begin(dependencies);
    void this.#tick(jobs);
    for (let i = 0; i < 50; i++) void this.#takeSteps(dependencies);
    await this.#scheduler.run(Number.MAX_SAFE_INTEGER, () => this.#isOver && this.#up === 0);
    await this.#items.close();
  }

  tell(report: Report): void {
    const one = reportOf("aws-scale", report);
    const { rows, workers } = this.#options;
    const detail = `${batches} × ${rows} rows, ${workers} workers of ${drawMs / 1_000} s`;
    const neededMs = this.#drawn * drawMs;
    one("longest tick", Math.max(...this.#tickMs) / 1_000, "s", detail);
    one("scaling decisions", this.#decisions, "", `in ${this.#tickMs.length} minutes`);
    one("rows begun in the busiest minute", Math.max(...this.#begun.values()), "rows");
    const perMinute = (batches * minuteMs * this.#fed.rows) / this.#fed.ms;
    one("rows a minute that the three can be fed", perMinute, "rows", "by the time that their passes take");
    one("time of the longest finish step", Math.max(...this.#finishMs) / 1_000, "s");
    one("GPU hours paid over needed", this.#paidMs / neededMs, "×", `${(neededMs / 3.6e6).toFixed(1)} h needed`);
    one("longest wait of an interactive job, fleet up", Math.max(0, ...this.#waitsMs) / 1_000, "s");
    one("memory of the whole bench", process.memoryUsage.rss() / 1e6, "MB");
  }

  #dependencies(): StepDependencies {
    const [items, clock, objects] = [this.#items, this.#clock, this.#objects];
    const queue = createLaneQueue(this.#lanes);
    return {
      items,
      clock,
      objects,
      queue,
      jobs: createJobStore({ items, clock }),
      newId: this.newId,
      models: [catalogModel({ id: "z-image-turbo", family: "turbo", random: false })],
      prices: defaultPrices,
      queueView: new QueueView({ items, queue, clock }),
      budget: createRequestBudget({ clock }),
      moderator: new Moderator({ items, clock, log: () => {} }),
      linkSecret: "a secret for links",
      localMode: false,
      newSeed: () => 1,
      log: () => {},
    };
  }

  async #begin(dependencies: StepDependencies): Promise<void> {
    const { items, clock, objects, newId } = dependencies;
    const apiKeys = new ApiKeys({ items, clock, newId });
    const files = new UploadedFiles({ items, objects, clock });
    const identities = [];
    for (let i = 0; i < accounts; i++) {
      const { id: accountId } = await apiKeys.createAccount(`account ${i}`, { unlimited: true });
      const { key } = await apiKeys.createKey(accountId);
      identities.push({ accountId, keyId: key.id, scopes: ["*"], terms: { unlimited: true } });
    }
    for (const identity of identities.slice(0, batches)) {
      const lines = Array.from({ length: this.#options.rows }, (_, i) =>
        JSON.stringify({
          custom_id: `sku-${i}`,
          method: "POST",
          url: "/v1/images/generations",
          body: { prompt: `product ${i} on a white table`, size: "1024x1024" },
        }),
      );
      const file = { filename: "in.jsonl", contentType: "application/jsonl", metadata: {} };
      const { accountId } = identity;
      const { id: inputFileId } = await files.create(
        { ...file, accountId, id: `file-${newId()}` },
        Buffer.from(lines.join("\n")),
      );
      const now = clock.now();
      const run: Run = {
        id: `batch_${newId()}`,
        face: "openai_batch",
        identity,
        endpoint: "/v1/images/generations",
        inputFileId,
        metadata: {},
        origin: "https://api.example",
        status: "importing",
        errors: [],
        total: 0,
        completed: 0,
        failed: 0,
        next: 0,
        inFlight: [],
        nextAt: now,
        createdAt: now,
        expiresAt: now + 86_400_000,
      } as Run;
      await createRun(items, run);
      this.#runIds.push(run.id);
      await this.#steps.send(stepMessage({ runId: run.id, step: "import" }));
    }
    const quiet = identities.slice(batches);
    for (let minute = 0; !this.#isOver; minute++) {
      await clock.sleep(minuteMs);
      if (this.#up < this.#options.workers / 2) continue;
      const submission = parseImageRequest({ prompt: "a quiet account's teapot", size: "1024x1024" }, dependencies);
      const identity = quiet[minute % quiet.length]!;
      await submitJob({ id: `job_${newId()}`, identity, submission }, dependencies);
    }
  }

  /** Lambda's event source and the function behind it. */
  async #takeSteps(dependencies: StepDependencies): Promise<void> {
    const [clock, runSteps] = [this.#clock, this.#steps];
    while (!this.#isOver) {
      const [message] = await runSteps.receive({ visibilityMs: 900_000 });
      if (message === undefined) {
        await clock.sleep(1_000);
        continue;
      }
      const event = { Records: [{ messageId: message.id, body: message.body }] };
      await handleSteps(event, {
        runSteps,
        clock,
        log: () => {},
        takeStep: async (step) => {
          const began = clock.now();
          const before = (await findRun(this.#items, step.runId))?.run.next ?? 0;
          const taken = await takeStep(step, dependencies);
          const next = (await findRun(this.#items, step.runId))?.run.next ?? before;
          const minute = Math.floor(began / minuteMs);
          this.#begun.set(minute, (this.#begun.get(minute) ?? 0) + next - before);
          if (step.step === "feed" && next > before) {
            this.#fed.rows += next - before;
            this.#fed.ms += clock.now() - began;
          }
          if (step.step === "finish") this.#finishMs.push(clock.now() - began);
          return taken;
        },
      });
      await runSteps.delete(message.receipt);
    }
  }

  async #tick(jobs: ReturnType<typeof createJobStore>): Promise<void> {
    const [items, clock, queue] = [this.#items, this.#clock, createLaneQueue(this.#lanes)];
    const { workers } = this.#options;
    const settings = { ...defaultScaling, maxWorkers: workers, maxAddedPerDecision: workers };
    const taskDefinition = "worker:1";
    const version = { taskDefinition, name: "v1" };
    const fleet: Fleet = {
      counts: async () => ({
        spot: { desired: this.#desired, running: this.#up, taskDefinition },
        onDemand: { desired: 0, running: 0, taskDefinition },
      }),
      setDesired: async (_kind, count) => this.#resize(count, jobs),
    };
    for (;;) {
      const began = clock.now();
      await scaleFleet({ items, queue, fleet, settings, version, clock, log: () => this.#decisions++ });
      await sweepJobs({ jobs, queue });
      await repairRuns(items, { runSteps: this.#steps, now: clock.now() });
      this.#tickMs.push(clock.now() - began);
      if (!this.#isOver) this.#isOver = await this.#areOver();
      if (this.#isOver && this.#desired === 0) return;
      await clock.sleep(minuteMs - (clock.now() - began));
    }
  }

  async #areOver(): Promise<boolean> {
    const found = await Promise.all(this.#runIds.map((id) => findRun(this.#items, id)));
    return found.length === batches && found.every((one) => one?.run.status === "completed");
  }

  #resize(count: number, jobs: ReturnType<typeof createJobStore>): void {
    for (let i = this.#desired; i < count; i++) void this.#work(`worker-${this.newId()}`, jobs);
    this.#desired = count;
  }

  /** A machine: paid from the request for it until it goes, which it does when it is idle and one too many. */
  async #work(workerId: string, jobs: ReturnType<typeof createJobStore>): Promise<void> {
    const [clock, queue] = [this.#clock, createLaneQueue(this.#lanes)];
    const paidFrom = clock.now();
    await clock.sleep(machineUpMs);
    this.#up++;
    for (let drawn = 0; this.#up <= this.#desired; ) {
      const [message] = await queue.receive({ visibilityMs: minuteMs });
      if (message === undefined) {
        await clock.sleep(1_000);
        continue;
      }
      const parsed = parseJobMessage(message.body);
      const claim = "jobId" in parsed ? await jobs.claim(parsed.jobId, workerId) : undefined;
      if (claim?.outcome === "claimed") await this.#draw(claim.job, jobs);
      await queue.delete(message.receipt);
      if (drawn++ % 6 === 0) await reportSecondsPerJob(this.#items, workerId, drawMs / 1_000, clock.now());
    }
    this.#up--;
    this.#paidMs += clock.now() - paidFrom;
  }

  async #draw(job: Job, jobs: ReturnType<typeof createJobStore>): Promise<void> {
    if (job.lane !== "batch") this.#waitsMs.push(this.#clock.now() - job.createdAt);
    await this.#clock.sleep(drawMs + objectMs);
    const { width, height, format, seed } = job.params;
    const key = `o/${job.id}/0-${"0".repeat(64)}.${format}`;
    const image = { index: 0, key, width, height, format, bytes: 1_000_000, sha256: "0".repeat(64), seed };
    await jobs.succeed(job, { images: [image], warnings: [], inferenceMs: drawMs });
    this.#drawn++;
  }
}
