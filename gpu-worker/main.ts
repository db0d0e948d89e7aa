import { hostname } from "node:os";
import { ulid } from "ulid";
import { announceOutbox } from "../shared/announce-outbox.ts";
import { systemClock } from "../shared/clock.ts";
import { createJobStore } from "../shared/create-job-store.ts";
import { PipelineError } from "../shared/errors.ts";
import { heartbeatsPerLease } from "../shared/limits.ts";
import { openState } from "../shared/open-state.ts";
import { openAdapterCatalog } from "./adapter-catalog.ts";
import { keepAlive } from "./cloud/health-file.ts";
import { attendJobs, bringWeights } from "./cloud/on-aws.ts";
import { readWorkerConfig } from "./config.ts";
import { consumeJobs } from "./consume-jobs.ts";
import { jsonLog as log } from "./log.ts";
import { loadEngine } from "./runtime/engine-client.ts";

/** What the worker tells the process that started it, if there is one. */
export type WorkerMessage =
  | { readonly type: "ready"; readonly modelId: string }
  /** Starting again would fail in the same way. */
  | { readonly type: "unusable"; readonly message: string };

/**
 * The worker process: load the model, draw jobs, go when told to.
 * SIGTERM, or the death of the process that started it, ends it after the job at hand if that fits the grace period;
 * a second signal gives the job back at once. Exit code 0 after a stop, 1 when it cannot start or must not go on.
 */
async function main(): Promise<void> {
  const stop = new AbortController();
  const hurry = new AbortController();
  const leave = () => (stop.signal.aborted ? hurry : stop).abort();
  process.on("SIGTERM", leave);
  process.on("SIGINT", leave);
  process.once("disconnect", () => stop.abort());

  const config = readWorkerConfig(process.env);
  const { modelDir, modelId, random, threads, leaseMs, backend } = config;
  const ended = new AbortController();
  if (config.healthFile !== undefined) void keepAlive(config.healthFile, systemClock, ended.signal);
  await bringWeights(config, log);
  const loadingSince = performance.now();
  const engine = await loadEngine({
    ...{ modelDir, random, ...backend },
    ...(modelId && { modelId }),
    ...(threads && { threads }),
  });
  const loadMs = Math.round(performance.now() - loadingSince);
  const state = await openState(config.state);
  const workerId = `${hostname()}-${process.pid}-${ulid().slice(-6)}`;
  const newId = () => ulid();
  log("info", "worker ready", { workerId, model: engine.model.id, ...engine.setup });
  tell({ type: "ready", modelId: engine.model.id });
  try {
    const items = state.notices
      ? announceOutbox(state.items, state.notices, (error, accountId) =>
          log("warn", "the dispatcher could not be told", { accountId, error: String(error) }),
        )
      : state.items;
    const jobs = attendJobs({
      jobs: createJobStore({ items, leaseMs }),
      ...{ config, items, workerId, loadMs, log, signal: ended.signal },
      onNotice: () => stop.abort(),
    });
    const heartbeatMs = leaseMs / heartbeatsPerLease;
    const { queue, objects } = state;
    const { graceMs, previews, adaptersDir } = config;
    await consumeJobs(
      {
        queue,
        objects,
        jobs,
        engine,
        previews,
        ...(adaptersDir && { adapters: openAdapterCatalog(adaptersDir) }),
        newId,
        clock: systemClock,
        log,
        workerId,
        leaseMs,
        heartbeatMs,
        graceMs,
      },
      { stop: stop.signal, hurry: hurry.signal },
    );
  } finally {
    ended.abort();
    await engine.close();
    await state.close();
  }
  log("info", "worker stopped", { workerId });
}

function tell(message: WorkerMessage): void {
  // The parent may be gone by now; then nobody needs to know.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

try {
  await main();
  if (process.connected) process.disconnect();
} catch (error) {
  if (error instanceof PipelineError) {
    log("error", error.message, { code: error.code });
    if (!error.retryable) tell({ type: "unusable", message: error.message });
  } else {
    log("error", "worker broke", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}
