import { randomInt } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { ulid } from "ulid";
import { createApp } from "../functions/api/app.ts";
import { foreignWebhookBody } from "../functions/api/dialects/webhook-body.ts";
import { presentJob } from "../functions/api/jobs/present-job.ts";
import { QueueView } from "../functions/api/jobs/queue-view.ts";
import { feedBatches } from "../functions/runs/feed-batches.ts";
import { exportUsage } from "../functions/tick/export-usage.ts";
import { LaneFeeder } from "../functions/tick/feed-lanes.ts";
import { sweepJobs } from "../functions/tick/sweep-jobs.ts";
import { sweepLeftovers } from "../functions/tick/sweep-leftovers.ts";
import { sweepObjects } from "../functions/tick/sweep-objects.ts";
import { DeliveryDispatcher } from "../functions/webhook/dispatch-deliveries.ts";
import { findModel, modelsFolder } from "../gpu-worker/cli/models/models-folder.ts";
import type { ModelInfo } from "../gpu-worker/engine.ts";
import { type ModelParts, readModelInfo } from "../gpu-worker/weights/folder/model-folder.ts";
import { environmentOfParts } from "../gpu-worker/weights/folder/part-options.ts";
import { defaultModel } from "../models/default-model.ts";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { createLinkSigner } from "../shared/access/signed-link.ts";
import type { EmbeddedItems } from "../shared/embedded/items.ts";
import { environment } from "../shared/environment.ts";
import { PipelineError } from "../shared/errors.ts";
import { createJobStore } from "../shared/jobs/create-job-store.ts";
import { maxSeed, resultLinkS } from "../shared/limits.ts";
import { Accounts } from "../shared/money/accounts.ts";
import { defaultPrices } from "../shared/money/price-list.ts";
import { guardedFetch } from "../shared/net/guarded-fetch.ts";
import { openState } from "../shared/open-state.ts";
import { systemClock as clock } from "../shared/ports/clock.ts";
import type { Items, Json } from "../shared/ports/items.ts";
import { stopRequests } from "../shared/process/stop-requests.ts";
import { catalogModel } from "../shared/request/model-catalog.ts";
import { WebhookEndpoints } from "../shared/webhooks/webhook-endpoints.ts";
import { holdDataFolder } from "./data-folder.ts";
import { closeServer, listen } from "./listen.ts";
import { ensureLocalAccount, ensureLocalKey, ensureLocalTerms, setDeduplicationWindow } from "./local-account.ts";
import { isLoopbackHost, readStartOptions, type StartOptions, startHelp } from "./options.ts";
import { startText, styleFor } from "./start-text.ts";
import { WorkerProcess } from "./worker-process.ts";

const root = resolve(import.meta.dirname, "..");

const tickMs = 1_000;
/** Waiting jobs go to the queue this often; a job takes longer than that. */
const feedMs = 100;
/** Expired items are swept this often. */
const expiryMs = 600_000;
/** Charges are reported this often, so many at most. */
const meterMs = 5_000;
const meterEvents = 200;
/** Pictures that nobody names are looked for this often. */
const orphansMs = 3_600_000;
/** Pictures of attempts in vain are looked for, where jobs were noted for it. */
const leftoversMs = 60_000;
/** What a stop waits for a job to end, before the worker gives it back. */
const workerGraceMs = 5_000;
/** What it waits for requests under way. */
const requestGraceMs = 1_000;
/**
 * Shorter than in the cloud: here no network lies between a worker and the store, so a worker that is not heard of for so long
 * is dead, and its job need not wait.
 */
const localLeaseMs = 15_000;
/** For the same reason: a job whose message was not sent by then has lost its API process in between. */
const localResendAfterMs = 5_000;

const log = (message: string, fields: { readonly [name: string]: Json | undefined } = {}) => {
  process.stderr.write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), message, ...fields })}\n`);
};

/**
 * API, workers, tick and webhook dispatcher of one machine, until `stop` resolves. Workers are processes of their own; the rest
 * shares this one, because it only waits.
 * @returns why it ended, when that was not asked for
 */
async function runPipeline(options: StartOptions, stop: StopSignals): Promise<string | undefined> {
  const modelDir = await findModel(modelsFolder(process.env), options.model ?? defaultModel.dir);
  const { parts } = options;
  const model = await readModelInfo(modelDir, {
    modelId: options.model === undefined ? defaultModel.id : undefined,
    parts,
  });
  const folder = holdDataFolder(options.dataDir);
  const state = await openState({ kind: "embedded", dataDir: folder.path });
  const newId = () => ulid();
  const apiKeys = new ApiKeys({ items: state.items, clock, newId });
  const jobs = createJobStore({
    items: state.items,
    clock,
    resendAfterMs: localResendAfterMs,
    accountWindow: options.workers + 1,
  });
  const account = await ensureLocalAccount(apiKeys, folder.path);
  await ensureLocalTerms(new Accounts({ items: state.items, clock }), account);
  const key = await ensureLocalKey(apiKeys, folder.path, account, options.apiKey);
  const { deduplicationWindowS } = options;
  if (deduplicationWindowS !== undefined) await setDeduplicationWindow(apiKeys, key, deduplicationWindowS);
  // Whoever can reach us from elsewhere must not reach this machine's loopback services through a webhook.
  const allowLoopback = isLoopbackHost(options.host) && options.publicUrl === undefined;
  const models = [catalogModel(model)];
  // With no workers of our own there are others, which nobody has counted.
  const known = options.workers > 0 ? { workers: options.workers } : {};
  const queueView = new QueueView({ items: state.items, queue: state.queue, clock, ...known });

  const app = createApp({
    items: state.items,
    queue: state.queue,
    objects: state.objects,
    jobs,
    clock,
    newId,
    log,
    models,
    linkSecret: account.linkSecret,
    localMode: allowLoopback,
    ...known,
    publicUrl: options.publicUrl,
    corsOrigins: options.corsOrigins,
  });
  const { server, url } = await listen(getRequestListener(app.fetch), options);

  const origin = options.publicUrl ?? url;
  const link = createLinkSigner({ secret: account.linkSecret, origin, now: clock.now, lifeS: resultLinkS });
  const dispatcher = new DeliveryDispatcher({
    items: state.items,
    clock,
    random: Math.random,
    newId,
    log,
    endpoints: new WebhookEndpoints({ items: state.items, clock, newId }),
    job: (jobId) => jobs.get(jobId),
    present: (job) => presentJob(job, { link }),
    foreignBody: (job) => foreignWebhookBody(job, { link, models }),
    secrets: async (accountId) => (await apiKeys.getAccount(accountId))?.webhookSecrets ?? [],
    fetch: (to, request) => guardedFetch(to, { ...request, allowLoopback }),
  });

  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<string>();
  const { promise: ready, resolve: onReady } = Promise.withResolvers<void>();
  const workers = Array.from(
    { length: options.workers },
    () =>
      new WorkerProcess({
        entry: join(root, "gpu-worker/main.ts"),
        env: workerEnvironment(folder.path, modelDir, model, parts ?? {}),
        clock,
        log,
        onReady,
        onGiveUp: giveUp,
      }),
  );
  stop.onForce(() => {
    for (const worker of workers) worker.kill();
  });
  for (const worker of workers) worker.start();
  if (workers.length === 0) onReady();

  const stopping = new AbortController();
  const feeder = new LaneFeeder({ items: state.items, jobs, queue: state.queue, window: options.workers + 2 });
  const background = [
    dispatcher.run(stopping.signal),
    every(tickMs, stopping.signal, "the tick failed", () => sweepJobs({ jobs, queue: state.queue })),
    every(leftoversMs, stopping.signal, "what attempts left behind could not be swept", () =>
      sweepLeftovers({ items: state.items, jobs, objects: state.objects, clock }),
    ),
    every(orphansMs, stopping.signal, "objects without a job could not be swept", () =>
      sweepObjects({ jobs, objects: state.objects, clock }),
    ),
    every(feedMs, stopping.signal, "waiting jobs could not be queued", () => feeder.feed()),
    every(tickMs, stopping.signal, "batches could not be fed", () =>
      feedBatches({
        items: state.items,
        queue: state.queue,
        objects: state.objects,
        jobs,
        clock,
        newId,
        log,
        models,
        linkSecret: account.linkSecret,
        prices: defaultPrices,
        localMode: allowLoopback,
        newSeed: () => randomInt(maxSeed + 1),
        queueView,
      }),
    ),
    ...(options.meter === undefined ? [] : [reportUsage(options.meter, state.items, stopping.signal)]),
    every(expiryMs, stopping.signal, "expired items could not be swept", async () => {
      if (isEmbedded(state.items)) await state.items.sweepExpired();
    }),
  ];

  log("loading the model", { model: model.id, notes: model.notes && [...model.notes] });
  const text = {
    url,
    key,
    dataDir: folder.path,
    model: shortPath(modelDir),
    draws: options.model === undefined ? ("small" as const) : model.random ? ("noise" as const) : ("anything" as const),
  };
  const banner = () => process.stdout.write(startText(text, styleFor(process.stdout, process.env)));
  ready.then(banner);
  const reason = await Promise.race([stop.asked, gaveUp]);

  stopping.abort();
  await Promise.all([
    closeServer(server, requestGraceMs),
    ...workers.map((worker) => worker.stop(workerGraceMs + 2_000)),
    ...background,
  ]);
  await state.close();
  folder.release();
  return reason;
}

/** The address is the operator's own, and may be one of this machine. */
function reportUsage(meter: NonNullable<StartOptions["meter"]>, items: Items, signal: AbortSignal): Promise<void> {
  const post = (url: string, request: { headers: { readonly [name: string]: string }; body: string }) =>
    guardedFetch(url, { ...request, method: "POST", allowLoopback: true });
  return every(meterMs, signal, "usage could not be reported", () =>
    exportUsage({ items, clock, log, post, ...meter }, meterEvents),
  );
}

/** DynamoDB sweeps by itself; a file of ours does not. */
function isEmbedded(items: Items): items is EmbeddedItems {
  return "sweepExpired" in items;
}

/** Do `work` now and every `ms` until `signal` aborts. A failure is told and tried again: the store may be back by then. */
async function every(ms: number, signal: AbortSignal, failure: string, work: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      log(failure, { error: String(error) });
    }
    await clock.sleep(ms, signal);
  }
}

function workerEnvironment(dataDir: string, modelDir: string, model: ModelInfo, parts: ModelParts): NodeJS.ProcessEnv {
  const { LOCAL_API_KEY: _key, METER_API_KEY: _meterKey, ...inherited } = process.env;
  return {
    [environment.leaseMs]: String(localLeaseMs),
    [environment.graceMs]: String(workerGraceMs),
    // Half a hundred megabytes less each: glibc keeps memory per thread, and steps this short need no cancelling inside.
    MALLOC_ARENA_MAX: "2",
    ...(modelDir === defaultModel.dir && { [environment.runtime]: "node" }),
    ...inherited,
    ...environmentOfParts(parts),
    [environment.state]: "embedded",
    [environment.dataDir]: dataDir,
    [environment.modelDir]: modelDir,
    [environment.modelId]: model.id,
    [environment.modelRandom]: model.random ? "1" : "0",
  };
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}

interface StopSignals {
  /** Resolves on the first SIGINT or SIGTERM. */
  readonly asked: Promise<undefined>;
  /** What to do before this process ends at once, on the second. */
  onForce(last: () => void): void;
}

function stopSignals(): StopSignals {
  const { promise, resolve: ask } = Promise.withResolvers<undefined>();
  let last = () => {};
  const onSignal = stopRequests({
    first() {
      process.stderr.write("Stopping; once more to stop at once.\n");
      ask(undefined);
    },
    again() {
      last();
      process.exit(130);
    },
  });
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    asked: promise,
    onForce: (action) => {
      last = action;
    },
  };
}

try {
  // Databases, pictures and keys are for the eyes of this user.
  process.umask(0o077);
  const options = readStartOptions(process.argv.slice(2), process.env);
  if (options === "help") {
    process.stdout.write(startHelp);
  } else {
    const reason = await runPipeline(options, stopSignals());
    if (reason !== undefined) throw new PipelineError("worker_unusable", reason);
  }
} catch (error) {
  if (!(error instanceof PipelineError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
