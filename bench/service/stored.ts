import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ulid } from "ulid";
import { sweepObjects } from "../../functions/tick/sweep-objects.ts";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { openEmbeddedObjects } from "../../shared/embedded/objects.ts";
import { PipelineError } from "../../shared/errors.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { Accounts } from "../../shared/money/accounts.ts";
import { systemClock as clock } from "../../shared/ports/clock.ts";
import { queryEach } from "../../shared/ports/query-all.ts";
import { type Report, type ReportOne, reportOf } from "../report.ts";
import { summarise } from "../statistics.ts";
import { call, compareRequests, isSlow, judge, type Running, type Store } from "./compare-requests.ts";
import { type LocalServer, startLocalServer } from "./local-server.ts";
import { preloadJobs } from "./preload-jobs.ts";

export interface StoredOptions {
  /** Ended jobs of one account in the full store. */
  readonly jobs: number;
  /** Requests of each kind to each of the two services. */
  readonly requests: number;
  /** Stored files that the sweep walks over. */
  readonly objects: number;
  /** Where the stores lie; a full one that is there already is used, and stays. @default a throw-away folder */
  readonly dir?: string;
}

/** Jobs of the store that counts as empty: enough to fill the first pages of lists. */
const fewJobs = 100;
const starts = 3;
/** Longest that 99 of 100 requests for `/healthz` may take beside a report. */
const mostHeldMs = 100;
/** Requests for `/healthz` while nothing else is asked of the service, to compare with. */
const quietMs = 3_000;
const objectsAtOnce = 64;
const storeAccount = "stored";

/**
 * What the service does with the jobs of four weeks in its store, beside one with an empty store: every kind of request
 * to both in turn, then the reports, the audit, the sweeps and the start.
 *
 * @throws PipelineError `slowed_down` naming what is more than twice as slow, or holds up others
 */
export async function benchStored(report: Report, options: StoredOptions): Promise<void> {
  const say = reportOf("stored", report);
  const folder = await mkdtemp(join(tmpdir(), "z-image-bench-"));
  const fullDir = join(options.dir ?? folder, "full");
  const slow: string[] = [];
  try {
    const empty = await makeStore(join(folder, "empty"), fewJobs);
    const full = existsSync(fullDir) ? await openStore(fullDir, say) : await makeStore(fullDir, options.jobs, say);
    await compareStarts(empty, full, say, slow);
    const servers: LocalServer[] = [];
    try {
      for (const { dataDir } of [empty, full]) servers.push(await startLocalServer(0, dataDir));
      const [small, large] = servers as [LocalServer, LocalServer];
      const running = { ...full, url: large.url, pid: large.pid };
      await compareRequests({ ...empty, url: small.url, pid: small.pid }, running, options.requests, say, slow);
      await runReports(running, say, slow);
      await runAudit(running, say, slow);
    } finally {
      for (const server of servers) await server.halt();
    }
    await compareTicks(empty, full, say, slow);
    await runObjectSweep(join(folder, "swept"), options.objects, say);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  if (slow.length > 0) throw new PipelineError("slowed_down", `beside a full store:\n  ${slow.join("\n  ")}`);
}

async function makeStore(dataDir: string, count: number, say?: ReportOne): Promise<Store> {
  const items = openEmbeddedItems(join(dataDir, "items.db"));
  const apiKeys = new ApiKeys({ items, clock, newId: () => ulid() });
  const { id: accountId } = await apiKeys.createAccount(storeAccount, { unlimited: true });
  const { key, value } = await apiKeys.createKey(accountId);
  await items.close();
  const { ids, seconds } = await preloadJobs(dataDir, { accountId, keyId: key.id, count });
  say?.("jobs preloaded", ids.length, "jobs", `${seconds.toFixed(0)} s through the job store`);
  return { dataDir, key: value, ids };
}

/** A store that an earlier run made. */
async function openStore(dataDir: string, say: ReportOne): Promise<Store> {
  const items = openEmbeddedItems(join(dataDir, "items.db"));
  // The one before it is that of the machine itself.
  const account = (await new Accounts({ items, clock }).list()).find(({ name }) => name === storeAccount);
  if (account === undefined) throw new PipelineError("bad_store", `${dataDir} is no store of this bench`);
  const { value } = await new ApiKeys({ items, clock, newId: () => ulid() }).createKey(account.id);
  const ids: string[] = [];
  for await (const { pk } of queryEach(items, { index: "gsi1", partition: `ACC#${account.id}#JOBS` }))
    ids.push(pk.slice(4));
  await items.close();
  say("jobs found in the store", ids.length, "jobs");
  return { dataDir, key: value, ids };
}

async function compareStarts(empty: Store, full: Store, say: ReportOne, slow: string[]): Promise<void> {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < starts; i++) {
    for (const [which, { dataDir }] of [empty, full].entries()) {
      const server = await startLocalServer(0, dataDir);
      times[which]!.push(server.readyMs);
      await server.halt();
    }
  }
  const [first, second] = times.map((values) => summarise(values).median) as [number, number];
  say("start until ready", second, "ms", `empty store ${first.toFixed(0)} ms; median of ${starts}`);
  judge("start until ready", first, second, slow);
}

/** Reports read everything: they may take their time, and keep nobody waiting. */
async function runReports(full: Running, say: ReportOne, slow: string[]): Promise<void> {
  for (const path of [
    "/v1/usage?group_by=day",
    "/v1/usage?group_by=metadata.project",
    "/v1/usage.csv?group_by=model",
  ]) {
    await beside(`GET ${path}`, full, () => call(full, path), say, slow);
  }
}

/** Runs a report, and asks for `/healthz` all the while, as before it. */
async function beside(what: string, full: Running, work: () => Promise<unknown>, say: ReportOne, slow: string[]) {
  const quiet = await healthWhile(full, () => sleep(quietMs));
  const { latencies, took } = await healthWhile(full, work);
  const [before, meanwhile] = [summarise(quiet.latencies), summarise(latencies)];
  const held = `p99 ${meanwhile.p99.toFixed(1)} ms, p50 ${meanwhile.median.toFixed(1)}`;
  say(
    what,
    took,
    "ms",
    `a report; /healthz ${held}; just before p99 ${before.p99.toFixed(1)}, p50 ${before.median.toFixed(1)}`,
  );
  // The machine's other processes show in both; a loop that is held up shows in the median too.
  if (meanwhile.p99 > mostHeldMs && isSlow(before.p99, meanwhile.p99) && isSlow(before.median, meanwhile.median))
    slow.push(`${what} held up /healthz: ${held}`);
}

async function healthWhile({ url }: Running, work: () => Promise<unknown>) {
  const latencies: number[] = [];
  let isOver = false;
  const watch = async () => {
    do {
      const start = performance.now();
      await (await fetch(`${url}/healthz`)).text();
      latencies.push(performance.now() - start);
      await sleep(5);
    } while (!isOver);
  };
  const watching = watch();
  const start = performance.now();
  await work();
  const took = performance.now() - start;
  isOver = true;
  await watching;
  return { latencies, took };
}

const mostAuditBytes = 300e6;

/** `npm run audit` as a process of its own, while jobs are submitted. */
async function runAudit(full: Running, say: ReportOne, slow: string[]): Promise<void> {
  let peakBytes = 0;
  let submitted = 0;
  let output = "";
  await beside(
    "npm run audit",
    full,
    async () => {
      const command = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "../../local/audit.ts")];
      const env = { ...process.env, DATA_DIR: full.dataDir };
      const child = spawn(process.execPath, command, { env, stdio: ["ignore", "pipe", "pipe"] });
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
      let code: number | null | undefined;
      child.once("exit", (status) => (code = status));
      while (code === undefined) {
        peakBytes = Math.max(peakBytes, peakRss(child.pid!));
        await call(full, "/v1/jobs", { prompt: "a red fox", width: 64, height: 64, steps: 1 });
        submitted++;
        await sleep(50);
      }
      if (code !== 0) throw new Error(`npm run audit ended with ${code}: ${output.slice(-1_000)}`);
    },
    say,
    slow,
  );
  say(
    "npm run audit, peak RSS",
    peakBytes / 1e6,
    "MB",
    `${submitted} jobs submitted meanwhile; ${output.trim().split("\n").at(-1)}`,
  );
  if (peakBytes > mostAuditBytes) slow.push(`npm run audit took ${(peakBytes / 1e6).toFixed(0)} MB`);
}

function peakRss(pid: number): number {
  try {
    return 1_024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0; // it has just ended, or this system has no /proc
  }
}

/** What the background does every few seconds, when there is nothing to do. */
async function compareTicks(empty: Store, full: Store, say: ReportOne, slow: string[]): Promise<void> {
  const stores = [empty, full].map(({ dataDir }) => openEmbeddedItems(join(dataDir, "items.db")));
  const ticks: { readonly [what: string]: (items: (typeof stores)[number]) => Promise<unknown> } = {
    "sweep of jobs that are due": (items) => createJobStore({ items, clock }).sweep(100),
    "sweep of expired items": (items) => items.sweepExpired(),
  };
  for (const [what, tick] of Object.entries(ticks)) {
    const times: [number[], number[]] = [[], []];
    for (let i = 0; i < 50; i++) {
      for (const [which, items] of stores.entries()) {
        const start = performance.now();
        await tick(items);
        times[which]!.push(performance.now() - start);
      }
    }
    const [first, second] = times.map((values) => summarise(values).median) as [number, number];
    say(`${what}, p50`, second, "ms", `empty store ${first.toFixed(2)} ms`);
    judge(what, first, second, slow);
  }
  for (const items of stores) await items.close();
}

/** The hourly walk over stored files, at a tenth of them and at all: its cost grows with their number and no faster. */
async function runObjectSweep(folder: string, count: number, say: ReportOne): Promise<void> {
  const objects = openEmbeddedObjects(folder);
  const later = { now: () => Date.now() + 2 * 3_600_000 };
  const jobs = { get: async () => ({ status: "running" }) as never };
  let stored = 0;
  for (const target of [Math.ceil(count / 10), count]) {
    const begun = performance.now();
    const put = async () => {
      while (stored < target) {
        const index = stored++;
        await objects.put(`in/acc_${index % 100}/f${index}.png`, new Uint8Array(100), { contentType: "image/png" });
      }
    };
    await Promise.all(Array.from({ length: objectsAtOnce }, put));
    const putS = (performance.now() - begun) / 1_000;
    const cpu = process.cpuUsage();
    const start = performance.now();
    await sweepObjects({ jobs, objects, clock: later });
    const { user, system } = process.cpuUsage(cpu);
    const cpuMs = (user + system) / 1_000;
    const detail =
      `${cpuMs.toFixed(0)} ms of CPU, ${((1_000 * cpuMs) / target).toFixed(0)} µs each; stored in ` +
      `${putS.toFixed(0)} s`;
    say(`sweep over ${target} stored objects`, performance.now() - start, "ms", detail);
  }
}
