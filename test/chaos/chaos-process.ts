import { once } from "node:events";
import { getRequestListener } from "@hono/node-server";
import { ulid } from "ulid";
import { createApp } from "../../functions/api/app.ts";
import { presentJob } from "../../functions/api/jobs/present-job.ts";
import { sweepJobs } from "../../functions/tick/sweep-jobs.ts";
import { DeliveryDispatcher } from "../../functions/webhook/dispatch-deliveries.ts";
import { consumeJobs } from "../../gpu-worker/jobs/consume-jobs.ts";
import { readModelInfo } from "../../gpu-worker/weights/folder/model-folder.ts";
import { listen } from "../../local/start/listen.ts";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { createLinkSigner } from "../../shared/access/signed-link.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { heartbeatsPerLease } from "../../shared/limits.ts";
import { catalogModel } from "../../shared/model-catalog/model-catalog.ts";
import { guardedFetch } from "../../shared/net/guarded-fetch.ts";
import { openState } from "../../shared/open-state.ts";
import { systemClock as clock } from "../../shared/ports/clock.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { createFakeEngine, fakeModel } from "../support/engine/fake-engine.ts";

/*
 * One process for the chaos run to kill: the API with its tick, the dispatcher, or a worker with a fake engine (a
 * worker with a real one is `gpu-worker/main.ts`). Production code over short times. Started as `node chaos-process.ts
 * JSON`.
 */
export interface ChaosProcessOptions {
  readonly role: "api" | "dispatcher" | "worker";
  readonly dataDir: string;
  readonly port: number;
  readonly leaseMs: number;
  readonly stepMs: number;
  /** The checkpoint that the workers draw with; a fake engine without. */
  readonly modelDir?: string;
}

const newId = () => ulid();
/** As `gpu-worker/main.ts` tells it. */
const ready = () => process.send?.({ type: "ready" });
const linkSecret = "chaos".repeat(8);

async function runApi({ dataDir, port, leaseMs, modelDir }: ChaosProcessOptions): Promise<void> {
  const { items, queue, objects } = await openState({ kind: "embedded", dataDir });
  const jobs = createJobStore({ items, clock, leaseMs, resendAfterMs: leaseMs });
  const model = modelDir === undefined ? fakeModel : await readModelInfo(modelDir, {});
  const app = createApp({
    items,
    queue,
    objects,
    jobs,
    clock,
    newId,
    linkSecret,
    models: [catalogModel(model)],
    localMode: true,
    log: () => {},
  });
  await listen(getRequestListener(app.fetch), { host: "127.0.0.1", port });
  ready();
  for (;;) {
    await sweepJobs({ jobs, queue });
    await clock.sleep(100);
  }
}

async function runDispatcher({ dataDir, port }: ChaosProcessOptions): Promise<void> {
  const { items } = await openState({ kind: "embedded", dataDir });
  const jobs = createJobStore({ items, clock });
  const apiKeys = new ApiKeys({ items, clock, newId });
  const link = createLinkSigner({
    secret: linkSecret,
    origin: `http://127.0.0.1:${port}`,
    now: clock.now,
    lifeS: 3_600,
  });
  const dispatcher = new DeliveryDispatcher({
    items,
    clock,
    newId,
    random: Math.random,
    log: () => {},
    endpoints: new WebhookEndpoints({ items, clock, newId }),
    job: (id) => jobs.get(id),
    present: (job) => presentJob(job, { link }),
    secrets: async (accountId) => (await apiKeys.getAccount(accountId))?.webhookSecrets ?? [],
    fetch: (to, request) => guardedFetch(to, { ...request, allowLoopback: true }),
  });
  ready();
  await dispatcher.run(new AbortController().signal);
}

async function runWorker({ dataDir, leaseMs, stepMs }: ChaosProcessOptions): Promise<void> {
  const { items, queue, objects } = await openState({ kind: "embedded", dataDir });
  const never = new AbortController().signal;
  ready();
  await consumeJobs(
    {
      queue,
      objects,
      clock,
      leaseMs,
      jobs: createJobStore({ items, clock, leaseMs }),
      engine: createFakeEngine({ beforeStep: () => clock.sleep(stepMs) }),
      log: (level, message, fields) => {
        if (level === "error") process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
      },
      workerId: `worker-${process.pid}`,
      previews: true,
      heartbeatMs: leaseMs / heartbeatsPerLease,
      lookMs: 200,
      graceMs: 0,
    },
    { stop: never, hurry: never },
  );
}

const [text] = process.argv.slice(2);
if (import.meta.main && text !== undefined) {
  const options = JSON.parse(text) as ChaosProcessOptions;
  // Whoever kills the run itself must not leave us behind.
  once(process, "disconnect").then(() => process.exit());
  await { api: runApi, dispatcher: runDispatcher, worker: runWorker }[options.role](options);
}
