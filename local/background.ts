import { randomInt } from "node:crypto";
import { ulid } from "ulid";
import { foreignWebhookBody } from "../functions/api/dialects/webhook-body.ts";
import { UploadedFiles } from "../functions/api/files/uploaded-files.ts";
import { presentJob } from "../functions/api/jobs/present-job.ts";
import { QueueView } from "../functions/api/jobs/queue-view.ts";
import { Moderator } from "../functions/api/moderation/moderator.ts";
import { RunLoop } from "../functions/runs/steps/run-loop.ts";
import { drainAccountQueues } from "../functions/tick/drain-account-queues.ts";
import { exportUsage } from "../functions/tick/export-usage.ts";
import { sweepJobs } from "../functions/tick/sweep-jobs.ts";
import { sweepLeftovers } from "../functions/tick/sweep-leftovers.ts";
import { sweepObjects } from "../functions/tick/sweep-objects.ts";
import { sweepUnstored } from "../functions/tick/sweep-unstored.ts";
import { DeliveryDispatcher } from "../functions/webhook/dispatch-deliveries.ts";
import { credentialsFolder } from "../gpu-worker/provenance/c2pa/credentials-folder.ts";
import { openSigningKey } from "../gpu-worker/provenance/c2pa/signing-key.ts";
import { liveAccountSecrets } from "../shared/access/account-secrets.ts";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { createLinkSigner } from "../shared/access/signed-link.ts";
import type { EmbeddedItems } from "../shared/embedded/items.ts";
import { randomSeeds, resultLinkS } from "../shared/limits.ts";
import { readModeration } from "../shared/moderation/moderation-settings.ts";
import { guardedFetch } from "../shared/net/guarded-fetch.ts";
import { createRequestBudget } from "../shared/net/request-budget.ts";
import { openState } from "../shared/open-state.ts";
import { systemClock as clock } from "../shared/ports/clock.ts";
import type { Items } from "../shared/ports/items.ts";
import type { ProcessMessage } from "../shared/process/process-message.ts";
import { keepRecords } from "../shared/records/keep-records.ts";
import type { State } from "../shared/state.ts";
import { openTracing, readTracingSettings } from "../shared/tracing/open-tracing.ts";
import { AttemptCounts } from "../shared/webhooks/attempt-totals.ts";
import { WebhookEndpoints } from "../shared/webhooks/webhook-endpoints.ts";
import { ensureLocalAccount } from "./local-account.ts";
import { openLocalJobs } from "./local-jobs.ts";
import { log } from "./log.ts";
import { type BackgroundSettings, readBackgroundSettings } from "./start/background-settings.ts";

const tickMs = 1_000;
/** Attempts to deliver webhooks are added to their totals this often. */
const totalsMs = 5_000;
/** Expired items are swept this often. */
const expiryMs = 600_000;
/** Charges are reported this often, so many at most. */
const meterMs = 5_000;
const meterEvents = 200;
/** Images that no job names are looked for this often. */
const orphansMs = 3_600_000;
/** Records of what was made are chained this often. */
const recordsMs = 60_000;
/** Images of failed attempts are looked for, where jobs were noted for it. */
const leftoversMs = 60_000;

/**
 * Background work of one machine: webhooks, retries, sweeps, runs. A process of its own, so that an
 * import or a sweep never delays a response. SIGTERM, or the end of the process that started it, ends it.
 */
async function main(): Promise<void> {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const event of ["SIGTERM", "SIGINT", "disconnect"]) process.once(event, stop);
  const settings = readBackgroundSettings(process.env);
  const state = await openState({ kind: "embedded", dataDir: settings.dataDir });
  try {
    const { ended } = await beginWork(settings, state, stopping.signal);
    process.send?.({ type: "ready" } satisfies ProcessMessage);
    await ended;
  } finally {
    await state.close();
    if (process.connected) process.disconnect();
  }
}

/** @returns once the work has begun, a promise of its end; in an object, as an async function would wait for it */
async function beginWork(
  settings: BackgroundSettings,
  state: State,
  signal: AbortSignal,
): Promise<{ readonly ended: Promise<unknown> }> {
  const { items, queue, objects } = state;
  const { models } = settings;
  const newId = () => ulid();
  const apiKeys = new ApiKeys({ items, clock, newId });
  const jobs = openLocalJobs(items, process.env);
  const { linkSecret } = await ensureLocalAccount(apiKeys, settings.dataDir);
  const link = createLinkSigner({ secret: linkSecret, origin: settings.origin, now: clock.now, lifeS: resultLinkS });
  const credentials = credentialsFolder(process.env, settings.dataDir);
  const signer = credentials === undefined ? undefined : await openSigningKey(credentials);
  const attempts = new AttemptCounts();
  const tracing = readTracingSettings(process.env);
  const dispatcher = new DeliveryDispatcher({
    items,
    clock,
    random: Math.random,
    newId,
    log,
    endpoints: new WebhookEndpoints({ items, clock, newId }),
    job: (jobId) => jobs.get(jobId),
    present: (job) => presentJob(job, { link }),
    foreignBody: (job) => foreignWebhookBody(job, { link, models }),
    secrets: async (accountId) => liveAccountSecrets(await apiKeys.getAccount(accountId), clock.now()),
    spans: tracing && openTracing(tracing, { part: "webhooks", clock, log }),
    onAttempt: (attempt) => attempts.add(attempt, clock.now()),
    fetch: (to, request) => guardedFetch(to, { ...request, allowLoopback: settings.allowLoopback }),
  });
  const sent = await drainAccountQueues({ items, jobs, queue });
  if (sent > 0) log("info", "jobs of the version before sent to the queue", { sent });
  const runs = new RunLoop({
    items,
    queue,
    objects,
    jobs,
    clock,
    newId,
    log,
    models,
    linkSecret,
    prices: settings.prices,
    localMode: settings.allowLoopback,
    newSeed: () => randomInt(randomSeeds),
    budget: createRequestBudget({ clock }),
    queueView: new QueueView({ items, queue, clock, workers: settings.workers || undefined }),
    moderator: new Moderator({ items, clock, log, moderation: readModeration(process.env) }),
    everyMs: tickMs,
  });
  const files = new UploadedFiles({ items, objects, clock });
  const { meter } = settings;
  const ended = Promise.all([
    dispatcher.run(signal),
    every(tickMs, signal, "the tick failed", () => sweepJobs({ jobs, queue })),
    every(tickMs, signal, "records could not be chained", () =>
      keepRecords({ items, jobs, clock, everyMs: recordsMs, signer }),
    ),
    every(leftoversMs, signal, "images of failed attempts could not be swept", () =>
      sweepLeftovers({ items, jobs, objects, clock }),
    ),
    every(leftoversMs, signal, "jobs with store: false could not be forgotten", () =>
      sweepUnstored({ items, jobs, objects, clock }),
    ),
    every(leftoversMs, signal, "files that have expired could not be deleted", () => files.sweepExpired()),
    every(orphansMs, signal, "stored objects could not be swept", () => sweepObjects({ jobs, objects, clock })),
    every(totalsMs, signal, "webhook attempts could not be counted", () => attempts.flush(items)),
    every(tickMs, signal, "runs could not be looked for", () => runs.startDue()),
    ...(meter === undefined ? [] : [reportUsage(meter, items, signal)]),
    every(expiryMs, signal, "expired items could not be swept", async () => {
      if (isEmbedded(items)) await items.sweepExpired();
    }),
  ]);
  return { ended };
}

/** The address is the operator's own, and may be one of this machine. */
function reportUsage(
  meter: NonNullable<BackgroundSettings["meter"]>,
  items: Items,
  signal: AbortSignal,
): Promise<void> {
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

/**
 * Do `work` now and every `ms` until `signal` aborts. A failure is logged and tried again: the store may be back by
 * then.
 */
async function every(ms: number, signal: AbortSignal, failure: string, work: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      log("error", failure, { error: String(error) });
    }
    await clock.sleep(ms, signal);
  }
}

process.umask(0o077);
await main();
