import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { hostname } from "node:os";
import { join, relative, resolve } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { ulid } from "ulid";
import { createApp } from "../functions/api/app.ts";
import { openLocalPage } from "../functions/api/page/local-page.ts";
import { findModel, modelsFolder } from "../gpu-worker/cli/models/models-folder.ts";
import type { ModelInfo } from "../gpu-worker/engine.ts";
import { credentialsFolder } from "../gpu-worker/provenance/c2pa/credentials-folder.ts";
import { type ImageReader, openImageReader } from "../gpu-worker/provenance/image-reader.ts";
import { mapLargeBlocks } from "../gpu-worker/runtime/map-large-blocks.ts";
import { readWatermark } from "../gpu-worker/watermark/watermark-settings.ts";
import { readModelInfo } from "../gpu-worker/weights/folder/model-folder.ts";
import type { ModelParts } from "../gpu-worker/weights/folder/named-parts.ts";
import { environmentOfParts } from "../gpu-worker/weights/folder/part-options.ts";
import { defaultModel } from "../models/default-model.ts";
import { ApiKeys } from "../shared/access/api-keys.ts";
import { PageSessions } from "../shared/access/page-sessions.ts";
import { environment } from "../shared/environment.ts";
import { PipelineError } from "../shared/errors.ts";
import { withModelAliases } from "../shared/model-catalog/model-aliases.ts";
import { catalogModel } from "../shared/model-catalog/model-catalog.ts";
import { Accounts } from "../shared/money/accounts.ts";
import { openState } from "../shared/open-state.ts";
import { systemClock as clock } from "../shared/ports/clock.ts";
import { stopRequests } from "../shared/process/stop-requests.ts";
import type { State } from "../shared/state.ts";
import { openTracing } from "../shared/tracing/open-tracing.ts";
import { ensureLocalAccount, ensureLocalKey, ensureLocalTerms, setDeduplicationWindow } from "./local-account.ts";
import { openLocalJobs } from "./local-jobs.ts";
import { log } from "./log.ts";
import { type BackgroundSettings, backgroundEnvironment } from "./start/background-settings.ts";
import { childEnvironment } from "./start/child-environment.ts";
import { collectGarbageEarly } from "./start/collect-garbage.ts";
import { holdDataFolder } from "./start/data-folder.ts";
import { ensurePage } from "./start/ensure-page.ts";
import { KeptProcess } from "./start/kept-process.ts";
import { closeServer, listen } from "./start/listen.ts";
import { isLoopbackHost, readStartOptions, type StartOptions, startHelp } from "./start/options.ts";
import { newPageLink, rememberAddress } from "./start/page-link.ts";
import { type StartText, startText, styleFor } from "./start/start-text.ts";

const root = resolve(import.meta.dirname, "..");

/** On shutdown, longest wait for a job to end before the worker gives it back. */
const workerGraceMs = 5_000;
/** On shutdown, longest wait for requests under way. */
const requestGraceMs = 1_000;
/**
 * Shorter than in the cloud: here no network lies between a worker and the store, so a worker that is not heard of for
 * so long is dead, and its job need not wait.
 */
const localLeaseMs = 15_000;

interface LocalModel {
  readonly dir: string;
  readonly info: ModelInfo;
  readonly parts: ModelParts;
}

/**
 * The whole pipeline of one machine, until `stop` resolves. This process answers requests and nothing else; the
 * workers, and what is done in the background, are processes of their own.
 * @returns why it ended, when that was not asked for
 */
async function runPipeline(options: StartOptions, stop: StopSignals): Promise<string | undefined> {
  const page = buildPage();
  const model = await openModel(options);
  const folder = holdDataFolder(options.dataDir);
  const state = await openState({ kind: "embedded", dataDir: folder.path });
  const apiKeys = new ApiKeys({ items: state.items, clock, newId: ulid });
  const { account, key } = await openAccount(options, apiKeys, state, folder.path);
  const background = {
    dataDir: folder.path,
    models: withModelAliases([catalogModel(model.info)], options.modelAliases, environment.modelAliases),
    prices: options.prices,
    workers: options.workers,
    // A client on another machine must not reach this machine's loopback services through a webhook.
    allowLoopback: isLoopbackHost(options.host) && options.publicUrl === undefined,
    meter: options.meter,
  };
  const imageReader = openReader(folder.path);
  const app = createApp({
    items: state.items,
    queue: state.queue,
    objects: state.objects,
    models: background.models,
    prices: options.prices,
    moderation: options.moderation,
    metricsToken: options.metricsToken,
    freeDiskBytes: () => freeBytes(folder.path),
    jobs: openLocalJobs(state.items, process.env),
    clock,
    newId: () => ulid(),
    log,
    linkSecret: account.linkSecret,
    localMode: background.allowLoopback,
    // Without workers of our own, jobs run on external workers, whose number is unknown.
    workers: options.workers || undefined,
    publicUrl: options.publicUrl,
    corsOrigins: options.corsOrigins,
    localPage: openLocalPage({
      ...{ items: state.items, clock, apiKeys, publicUrl: options.publicUrl },
      hosts: [hostname(), `${hostname()}.local`, ...options.pageHosts],
    }),
    spans: options.tracing && openTracing(options.tracing, { part: "api", clock, log }),
    traceRatio: options.tracing?.ratio,
    a1111Key: options.sdapiWithoutKey ? key : undefined,
    ...imageReader.reads,
  });
  const { server, url } = await listen(getRequestListener(app.fetch), options);

  const origin = options.publicUrl ?? url;
  rememberAddress(folder.path, origin);
  const settings = { ...background, origin };
  const { processes, ready, gaveUp } = startProcesses(settings, model);
  stop.onForce(() => {
    for (const process of processes) process.kill();
  });
  log("info", "loading the model", { model: model.info.id, notes: model.info.notes && [...model.info.notes] });
  const print = async () => {
    await ready;
    const sessions = new PageSessions({ items: state.items, clock, apiKeys });
    // Now, since its ten minutes begin now.
    const pageLink = (await page) ? await newPageLink(origin, key, { sessions, apiKeys }) : undefined;
    process.stdout.write(banner({ url, pageLink, key, dataDir: folder.path }, model));
    return stop.asked;
  };
  const reason = await Promise.race([stop.asked, gaveUp, print()]);

  await Promise.all([
    closeServer(server, requestGraceMs),
    ...processes.map((process) => process.stop(workerGraceMs + 2_000)),
  ]);
  await imageReader.close();
  await state.close();
  folder.release();
  return reason;
}

/** What files that are verified are read with. */
function openReader(dataDir: string): ImageReader {
  const folder = credentialsFolder(process.env, dataDir);
  return openImageReader({ folder, watermark: readWatermark(process.env), log });
}

/** Builds the page where that is due. @returns whether there is one; without it, the API is served all the same */
async function buildPage(): Promise<boolean> {
  try {
    if ((await ensurePage({ root, vite: join(root, "node_modules/vite/bin/vite.js") })) === "built") {
      log("info", "built the page");
    }
    return true;
  } catch (error) {
    log("warn", error instanceof Error ? error.message : String(error));
    // The one that was built before is served on.
    return existsSync(join(root, "page/dist/index.html"));
  }
}

/** Bytes that this user may still write to the disk of a folder. */
async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

async function openModel({ model, parts = {} }: StartOptions): Promise<LocalModel> {
  const dir = await findModel(modelsFolder(process.env), model ?? defaultModel.dir);
  const info = await readModelInfo(dir, { modelId: dir === defaultModel.dir ? defaultModel.id : undefined, parts });
  return { dir, info, parts };
}

/** The one account of this machine, and the key that is printed. */
async function openAccount(options: StartOptions, apiKeys: ApiKeys, { items }: State, dataDir: string) {
  const account = await ensureLocalAccount(apiKeys, dataDir);
  await ensureLocalTerms(new Accounts({ items, clock }), account);
  const key = await ensureLocalKey(apiKeys, dataDir, account, options.apiKey);
  const { deduplicationWindowS } = options;
  if (deduplicationWindowS !== undefined) await setDeduplicationWindow(apiKeys, key, deduplicationWindowS);
  return { account, key };
}

/** @returns with them, when the first worker is ready, and why one of them cannot be kept alive */
function startProcesses(settings: BackgroundSettings, model: LocalModel) {
  const { promise: gaveUp, resolve: onGiveUp } = Promise.withResolvers<string>();
  const { promise: ready, resolve: onReady } = Promise.withResolvers<void>();
  const kept = { clock, log, onGiveUp };
  const worker = {
    ...kept,
    name: "worker",
    entry: join(root, "gpu-worker/main.ts"),
    env: workerEnvironment(settings.dataDir, model),
    stepsAside: true,
    onReady,
  };
  const background = {
    ...kept,
    name: "background process",
    entry: join(root, "local/background.ts"),
    env: backgroundEnvironment(settings),
  };
  const workers = Array.from({ length: settings.workers }, () => new KeptProcess(worker));
  const processes = [new KeptProcess(background), ...workers];
  for (const process of processes) process.start();
  if (workers.length === 0) onReady();
  return { processes, ready, gaveUp };
}

function banner(at: Pick<StartText, "url" | "pageLink" | "key" | "dataDir">, { dir, info }: LocalModel): string {
  const draws = dir === defaultModel.dir ? "small" : info.random ? "noise" : "anything";
  return startText({ ...at, model: shortPath(dir), draws }, styleFor(process.stdout, process.env));
}

function workerEnvironment(dataDir: string, { dir, info, parts }: LocalModel): NodeJS.ProcessEnv {
  return {
    [environment.leaseMs]: String(localLeaseMs),
    [environment.graceMs]: String(workerGraceMs),
    // Half a hundred megabytes less each: glibc keeps memory per thread, and steps this short need no cancelling
    // inside.
    MALLOC_ARENA_MAX: "2",
    ...(dir === defaultModel.dir && { [environment.runtime]: "node" }),
    ...childEnvironment(),
    ...environmentOfParts(parts),
    [environment.state]: "embedded",
    [environment.dataDir]: dataDir,
    [environment.adapterCacheDir]: process.env[environment.adapterCacheDir] || join(dataDir, "adapter-cache"),
    [environment.modelDir]: dir,
    [environment.modelId]: info.id,
    [environment.modelRandom]: info.random ? "1" : "0",
  };
}

function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}

interface StopSignals {
  /** Resolves on the first SIGINT or SIGTERM. */
  readonly asked: Promise<undefined>;
  /** Registers the last action before the immediate exit on the second signal. */
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
  // Databases, images and keys are for the eyes of this user.
  process.umask(0o077);
  // Bodies and images of requests that are over do not stay in the memory of this process.
  mapLargeBlocks();
  collectGarbageEarly();
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
