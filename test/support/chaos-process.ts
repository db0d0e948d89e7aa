import { once } from "node:events";
import { getRequestListener } from "@hono/node-server";
import { ulid } from "ulid";
import { createApp } from "../../functions/api/app.ts";
import { sweepJobs } from "../../functions/tick/sweep-jobs.ts";
import { consumeJobs } from "../../gpu-worker/consume-jobs.ts";
import { listen } from "../../local/listen.ts";
import { systemClock as clock } from "../../shared/clock.ts";
import { createJobStore } from "../../shared/create-job-store.ts";
import { catalogModel } from "../../shared/model-catalog.ts";
import { openState } from "../../shared/open-state.ts";
import { createFakeEngine, fakeModel } from "./fake-engine.ts";

/*
 * One process for the chaos test to kill: the API with its tick, or a worker. Production code over short times; only the
 * engine is a fake. Started as `node chaos-process.ts JSON`.
 */
export interface ChaosProcessOptions {
  readonly role: "api" | "worker";
  readonly dataDir: string;
  readonly port: number;
  readonly leaseMs: number;
  readonly stepMs: number;
}

/** Kills are the test's doing and no fault of a job: none is given up for them. */
export const chaosMaxFailures = 1_000;

async function runApi({ dataDir, port, leaseMs }: ChaosProcessOptions): Promise<void> {
  const { items, queue, objects } = await openState({ kind: "embedded", dataDir });
  const newId = () => ulid();
  const jobs = createJobStore({
    items,
    clock,
    newId,
    leaseMs,
    maxFailures: chaosMaxFailures,
    resendAfterMs: leaseMs,
  });
  const app = createApp({
    ...{ items, queue, objects, jobs, clock, newId },
    models: [catalogModel(fakeModel)],
    linkSecret: "chaos".repeat(8),
    localMode: true,
    log: () => {},
  });
  await listen(getRequestListener(app.fetch), { host: "127.0.0.1", port });
  for (;;) {
    await sweepJobs({ jobs, queue });
    await clock.sleep(100);
  }
}

async function runWorker({ dataDir, leaseMs, stepMs }: ChaosProcessOptions): Promise<void> {
  const { items, queue, objects } = await openState({ kind: "embedded", dataDir });
  const newId = () => ulid();
  const never = new AbortController().signal;
  await consumeJobs(
    {
      ...{ queue, objects, clock, newId, leaseMs },
      jobs: createJobStore({ items, clock, newId, leaseMs, maxFailures: chaosMaxFailures }),
      engine: createFakeEngine({ beforeStep: () => clock.sleep(stepMs) }),
      log: (level, message, fields) => {
        if (level === "error") process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
      },
      workerId: `worker-${process.pid}`,
      previews: true,
      heartbeatMs: leaseMs / 4,
      graceMs: 0,
    },
    { stop: never, hurry: never },
  );
}

const [text] = process.argv.slice(2);
if (import.meta.main && text !== undefined) {
  const options = JSON.parse(text) as ChaosProcessOptions;
  // Whoever kills the test itself must not leave us behind.
  once(process, "disconnect").then(() => process.exit());
  await (options.role === "api" ? runApi(options) : runWorker(options));
}
