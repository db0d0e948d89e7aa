import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { ulid } from "ulid";
import project from "../package.json" with { type: "json" };
import { PipelineError } from "../shared/errors.ts";
import { createJobStore } from "../shared/jobs/create-job-store.ts";
import type { JobStore } from "../shared/jobs/job-store.ts";
import { heartbeatsPerLease, localLookMs, lookMs } from "../shared/limits.ts";
import { openState } from "../shared/open-state.ts";
import { systemClock } from "../shared/ports/clock.ts";
import type { Items } from "../shared/ports/items.ts";
import type { ProcessMessage } from "../shared/process/process-message.ts";
import { loadC2pa } from "../shared/provenance/c2pa/c2pa-library.ts";
import type { CertifiedKey } from "../shared/provenance/signing/certify-key.ts";
import type { MadeBy } from "../shared/records/job-proof.ts";
import type { State } from "../shared/state.ts";
import { openTracing } from "../shared/tracing/open-tracing.ts";
import { announceOutbox } from "../shared/webhooks/announce-outbox.ts";
import { attendJobs, bringWeights } from "./cloud/on-aws.ts";
import { readWorkerConfig, type WorkerConfig } from "./config.ts";
import { keepAlive } from "./container/health-file.ts";
import { loadEngine } from "./engine/engine-client.ts";
import { drawFirstImage } from "./engine/first-image.ts";
import { makeThumbnails } from "./engine/images/make-thumbnails.ts";
import type { Engine } from "./engine.ts";
import { AdapterCache } from "./jobs/adapter-cache.ts";
import { openAdapterCatalog } from "./jobs/adapter-catalog.ts";
import { consumeJobs } from "./jobs/consume-jobs.ts";
import { publishModel } from "./jobs/publish-model.ts";
import { createTextReader } from "./jobs/read-text.ts";
import { listenForStop, type StopSignals } from "./jobs/stop-signals.ts";
import { log } from "./log.ts";
import { createImageHook } from "./moderation/image-hook.ts";
import { type ContentCredentials, openContentCredentials } from "./provenance/c2pa/content-credentials.ts";
import { openSigningKey } from "./provenance/c2pa/signing-key.ts";
import { lookOfFile } from "./provenance/look-of-file.ts";
import { modelDigest } from "./weights/folder/model-digest.ts";

/**
 * The worker process: load the model, draw one small image, draw jobs, go when told to. SIGTERM, or the death of the
 * process that started it, ends it: at once until it is ready, then after the job at hand if that fits the grace
 * period; a second signal gives the job back at once. Exit code 0 after a stop, 1 when it cannot start or must not go
 * on.
 */
async function main(): Promise<void> {
  const { onNotice, ...signals } = listenForStop(process);
  const config = readWorkerConfig(process.env);
  const ended = new AbortController();
  if (config.healthFile !== undefined) void keepAlive(config.healthFile, { clock: systemClock, log }, ended.signal);
  try {
    signals.stop.addEventListener("abort", endUnready);
    const loaded = await load(config).finally(() => signals.stop.removeEventListener("abort", endUnready));
    try {
      await drawJobs({ config, ...loaded, onNotice, ended: ended.signal }, signals);
    } finally {
      ended.abort();
      await loaded.engine.close();
      await loaded.state.close();
    }
  } finally {
    ended.abort(); // the background tasks would keep this process alive and its health file fresh
  }
}

/**
 * The worker holds no job yet, and loading can be interrupted anywhere. `exit` waits for a call into ONNX Runtime that
 * is under way.
 */
function endUnready(): void {
  log("info", "worker stopped before it was ready");
  process.exit(0);
}

/** A write each time, where writes are paid for. */
const awsPaceEveryMs = 30_000;

interface Loaded {
  readonly engine: Engine;
  readonly state: State;
  readonly loadMs: number;
}

async function load(config: WorkerConfig): Promise<Loaded> {
  const { modelDir, modelId, parts, random, threads, backend } = config;
  await bringWeights(config, log);
  const startedAt = performance.now();
  const engine = await loadEngine({
    modelDir,
    parts,
    random,
    ...backend,
    classifierPath: config.moderation.classifier,
    visibleMark: config.visibleMark,
    watermark: config.watermark,
    modelId: modelId || undefined,
    threads: threads || undefined,
  });
  try {
    await drawFirstImage(engine);
    const loadMs = Math.round(performance.now() - startedAt);
    return { engine, state: await openState(config.state), loadMs };
  } catch (error) {
    await engine.close(); // its thread would keep this process alive
    throw error;
  }
}

interface Drawing extends Loaded {
  readonly config: WorkerConfig;
  /** Called when AWS announces that it will reclaim the machine. */
  readonly onNotice: () => void;
  /** Aborts when no more jobs are drawn. */
  readonly ended: AbortSignal;
}

async function drawJobs(drawing: Drawing, signals: StopSignals): Promise<void> {
  const { config, engine, state, loadMs, onNotice, ended } = drawing;
  const workerId = `${hostname()}-${process.pid}-${ulid().slice(-6)}`;
  log("info", "worker ready", {
    workerId,
    model: engine.model.id,
    notes: engine.model.notes?.join("; "),
    ...engine.setup,
  });
  tell({ type: "ready" });
  const items = state.notices
    ? announceOutbox(state.items, state.notices, (error, accountId) =>
        log("warn", "failed to notify the webhook dispatcher", { accountId, error: String(error) }),
      )
    : state.items;
  const { leaseMs, graceMs, previews, thumbnails, adaptersDir, moderation } = config;
  const jobs = attendJobs({
    jobs: openJobs(config, items),
    config,
    items,
    workerId,
    loadMs,
    log,
    onNotice,
    signal: ended,
  });
  const { queue, objects } = state;
  const tracing = config.tracing && openTracing(config.tracing, { part: "worker", clock: systemClock, log });
  const adapters = adaptersDir ? openAdapterCatalog(adaptersDir) : undefined;
  const adapterCache = new AdapterCache(config.adapterCacheDir ?? join(tmpdir(), "z-image-adapters"), objects);
  const credentials = await openCredentials(config, items);
  const publishing = new AbortController();
  const published = publishModel(
    {
      items,
      workerId,
      model: engine.model,
      setup: engine.setup,
      memoryBytes: () => process.memoryUsage.rss(),
      adapters,
      clock: systemClock,
      log,
    },
    publishing.signal,
  );
  await consumeJobs(
    {
      queue,
      objects,
      jobs,
      engine,
      // A step's preview would show what an image's judge is there to hold back.
      previews: previews && moderation.image === undefined && moderation.classifier === undefined,
      thumbnailer: thumbnails ? makeThumbnails : undefined,
      adapters,
      adapterCache,
      ...provenanceOf(config),
      textReader: config.textReaderUrl === undefined ? undefined : createTextReader(config.textReaderUrl),
      imageHook: moderation.image && createImageHook(moderation.image),
      credentials,
      clock: systemClock,
      log,
      spans: tracing,
      workerId,
      leaseMs,
      heartbeatMs: leaseMs / heartbeatsPerLease,
      lookMs: config.state.kind === "aws" ? lookMs : localLookMs,
      graceMs,
    },
    signals,
  ).finally(() => publishing.abort());
  await tracing?.flush();
  await published; // its last write, before the store is closed
  log("info", "worker stopped", { workerId });
}

/** What files and records say of where images come from. */
function provenanceOf(config: WorkerConfig) {
  return {
    producer: config.aigcProducer,
    madeBy: openMadeBy(config),
    // On AWS the API cannot decode a file to look for it, and a row an image would be paid for nothing.
    lookOf: config.state.kind === "embedded" ? lookOfFile : undefined,
    marksImages: config.watermark !== undefined,
  };
}

/** A record that would wait longer for the model's digest is written without it. */
const digestWaitMs = 5_000;

/** What records say of this worker. The model's files are read once, beside the first jobs. */
function openMadeBy({ modelDir, parts, version, moderation }: WorkerConfig): () => Promise<MadeBy> {
  const { classifier, image } = moderation;
  const imageJudges = [...(classifier ? (["classifier"] as const) : []), ...(image ? (["service"] as const) : [])];
  const digest = modelDigest(modelDir, parts).catch((error: unknown) => {
    log("warn", "records do not name the model: its files could not be read", { error: String(error) });
    return undefined;
  });
  return async () => {
    const waited = new AbortController();
    const late = systemClock.sleep(digestWaitMs, waited.signal).then(() => undefined);
    const modelSha256 = await Promise.race([digest, late]).finally(() => waited.abort());
    return { worker: version ?? project.version, modelSha256, imageJudges };
  };
}

function openJobs({ state, leaseMs, recordsS, promptKey }: WorkerConfig, items: Items): JobStore {
  const paceEveryMs = state.kind === "aws" ? awsPaceEveryMs : undefined;
  return createJobStore({ items, leaseMs, paceEveryMs, recordsS, promptKey });
}

async function openCredentials(
  { contentCredentials, signingKey }: WorkerConfig,
  items: Items,
): Promise<ContentCredentials | undefined> {
  const key = await openKey({ contentCredentials, signingKey }, items);
  if (key === undefined) return undefined;
  // Not at the cost of the first image.
  void loadC2pa().catch(() => {}); // heard by the first signature
  return openContentCredentials(key, { name: "Z-Image pipeline", version: project.version });
}

async function openKey(
  { contentCredentials, signingKey }: Pick<WorkerConfig, "contentCredentials" | "signingKey">,
  items: Items,
): Promise<CertifiedKey | undefined> {
  if (signingKey !== undefined) {
    const { openKmsKey } = await import("../shared/aws/open-kms-key.ts");
    return openKmsKey(items, signingKey);
  }
  return contentCredentials === undefined ? undefined : openSigningKey(contentCredentials);
}

function tell(message: ProcessMessage): void {
  // The parent may have exited; then there is nobody to tell.
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
    log("error", "worker failed", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}
