import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ulid } from "ulid";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { PipelineError } from "../../shared/errors.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { Accounts } from "../../shared/money/accounts.ts";
import { auditAccount } from "../../shared/money/audit-ledger.ts";
import { openState } from "../../shared/open-state.ts";
import { systemClock as clock } from "../../shared/ports/clock.ts";
import { allJobs } from "../../test/support/api/all-jobs.ts";
import type { Report } from "../report.ts";
import { summarise } from "../statistics.ts";
import { type LocalServer, startLocalServer } from "./local-server.ts";

export interface LoadOptions {
  readonly seconds: number;
  /** Requests begun per second, whether those before them were answered or not. */
  readonly rate: number;
  /** Batch jobs that wait meanwhile. */
  readonly rows: number;
}

/** One that fills the queue, to the most that an account may have open, and four that draw beside it. */
const tenantCount = 5;
const fillingConnections = 16;
const probes = 5;
const workers = 1;

interface Tenant {
  readonly accountId: string;
  readonly key: string;
}

/**
 * The whole of `npm start` under load: a backlog of batch jobs, interactive jobs beside it, then accepted jobs per
 * second at a steady rate while the worker draws. Latencies count from when a request was due, so that a stall is seen
 * by all that came in it. At the end every promise of money and lines is checked in the files that the processes left.
 *
 * @throws PipelineError `promise_broken` naming what does not hold
 */
export async function benchLoad(report: Report, { seconds, rate, rows }: LoadOptions): Promise<void> {
  const server = await startLocalServer(workers);
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  try {
    const tenants = await openTenants(server);
    const [filling, ...others] = tenants as [Tenant, Tenant, ...Tenant[]];
    const accepted = new Set<string>();
    const submit = async (tenant: Tenant, body: object, headers: { [name: string]: string } = {}) => {
      const response = await post(agent, `${server.url}/v1/jobs`, tenant.key, { ...smallImage, ...body }, headers);
      if (response.status >= 300)
        throw new Error(`POST /v1/jobs answered ${response.status}: ${response.body.slice(0, 500)}`);
      const job = JSON.parse(response.body) as JobResponse;
      accepted.add(job.id);
      return job;
    };
    // The model is loaded, and its pace is known.
    await submit(filling, { steps: 1 }, { prefer: "wait=300" });
    await fill(report, rows, filling, submit);
    await probe(report, others[0], submit);
    await steady(report, { seconds, rate }, others, submit);
    await server.halt();
    await checkPromises(server, tenants, accepted);
    report({ bench: "load", what: "promises checked afterwards", value: accepted.size, unit: "jobs" });
  } finally {
    agent.destroy();
    await server.stop();
  }
}

const smallImage = { prompt: "a red fox in fresh snow at dawn", width: 128, height: 128, steps: 8, seed: 1 };

interface JobResponse {
  readonly id: string;
  readonly status: string;
  readonly timings: { readonly queued_ms: number | null; readonly inference_ms: number | null };
}

type Submit = (tenant: Tenant, body: object, headers?: { [name: string]: string }) => Promise<JobResponse>;

async function fill(report: Report, rows: number, tenant: Tenant, submit: Submit): Promise<void> {
  const start = performance.now();
  let begun = 0;
  const client = async () => {
    while (begun < rows) {
      const row = String(++begun);
      await submit(tenant, { priority: "batch", metadata: { row } }, { "idempotency-key": `row-${row}` });
    }
  };
  await Promise.all(Array.from({ length: fillingConnections }, client));
  const value = rows / ((performance.now() - start) / 1_000);
  const detail = `${rows} rows, ${fillingConnections} connections, a worker drawing beside it`;
  report({ bench: "load", what: "batch rows accepted", value, unit: "1/s", detail });
}

/** An interactive job of somebody else, while the worker draws a batch job and all the others wait. */
async function probe(report: Report, tenant: Tenant, submit: Submit): Promise<void> {
  const waits: number[] = [];
  const drawn: number[] = [];
  for (let i = 0; i < probes; i++) {
    // Into the middle of whatever the worker is doing.
    await sleep(200 + Math.random() * 500);
    const job = await submit(tenant, {}, { prefer: "wait=300" });
    if (job.status !== "succeeded") throw new Error(`an interactive job ended as ${job.status}`);
    waits.push(job.timings.queued_ms ?? Number.NaN);
    drawn.push(job.timings.inference_ms ?? Number.NaN);
  }
  const oneJob = summarise(drawn).median;
  const detail = `longest of ${probes} behind the backlog; one job takes ${oneJob.toFixed(0)} ms`;
  report({ bench: "load", what: "accepted → begun, interactive", value: Math.max(...waits), unit: "ms", detail });
}

async function steady(
  report: Report,
  { seconds, rate }: Pick<LoadOptions, "seconds" | "rate">,
  tenants: readonly Tenant[],
  submit: Submit,
): Promise<void> {
  const latencies: number[] = [];
  const failures: unknown[] = [];
  const underWay: Promise<void>[] = [];
  const start = performance.now();
  const total = Math.round(seconds * rate);
  for (let i = 0; i < total && failures.length === 0; i++) {
    const due = start + (i * 1_000) / rate;
    const early = due - performance.now();
    if (early > 1) await sleep(early);
    // Half of the clients send a key, as SDKs do.
    const headers: { [name: string]: string } = i % 2 === 0 ? { "idempotency-key": `load-${i}` } : {};
    underWay.push(
      submit(tenants[i % tenants.length]!, { seed: i }, headers).then(
        () => void latencies.push(performance.now() - due),
        (error: unknown) => void failures.push(error),
      ),
    );
  }
  await Promise.all(underWay);
  if (failures[0] !== undefined) throw failures[0];
  const took = (performance.now() - start) / 1_000;
  const { median, p99 } = summarise(latencies);
  const detail = `${rate}/s asked for over ${seconds} s; target 300/s with p99 below 100 ms`;
  report({ bench: "load", what: "jobs accepted", value: latencies.length / took, unit: "1/s", detail });
  report({ bench: "load", what: "POST /v1/jobs, p50 from when it was due", value: median, unit: "ms" });
  report({ bench: "load", what: "POST /v1/jobs, p99 from when it was due", value: p99, unit: "ms" });
}

async function openTenants({ dataDir }: LocalServer): Promise<Tenant[]> {
  const { items, close } = await openState({ kind: "embedded", dataDir });
  const apiKeys = new ApiKeys({ items, clock, newId: () => ulid() });
  const accounts = new Accounts({ items, clock });
  const tenants: Tenant[] = [];
  for (let i = 0; i < tenantCount; i++) {
    const { id: accountId } = await apiKeys.createAccount(`load ${i}`);
    await accounts.credit(accountId, { amount: 100_000_000_000, reference: "first" });
    tenants.push({ accountId, key: (await apiKeys.createKey(accountId)).value });
  }
  await close();
  return tenants;
}

/** Ledger = balances; every job that was accepted is there, and no other; queues count what waits in them. */
async function checkPromises(
  { dataDir }: LocalServer,
  tenants: readonly Tenant[],
  accepted: ReadonlySet<string>,
): Promise<void> {
  const { items, queue, close } = await openState({ kind: "embedded", dataDir });
  const wrong: string[] = [];
  const jobs = await allJobs(createJobStore({ items, clock }), tenants, 500);
  const found = new Map(jobs.map((job) => [job.id, job]));
  for (const { accountId } of tenants) {
    const { discrepancies } = await auditAccount(items, accountId);
    for (const { what, expected, found: stored } of discrepancies) wrong.push(`${what} is ${stored}, not ${expected}`);
  }
  for (const id of accepted) if (!found.has(id)) wrong.push(`${id} was accepted and is not there`);
  for (const id of found.keys()) if (!accepted.has(id)) wrong.push(`nobody was told of ${id}`);
  const queued = [...found.values()].filter(({ status }) => status === "queued").length;
  const { visible, inFlight, delayed } = await queue.depth();
  if (visible + inFlight + delayed < queued) wrong.push(`${queued} jobs wait, and the queue has ${visible} messages`);
  await close();
  if (wrong.length > 0) {
    const shown = wrong.slice(0, 10).join("\n  ");
    throw new PipelineError("promise_broken", `${wrong.length} promises do not hold after the load:\n  ${shown}`);
  }
}

function post(
  agent: Agent,
  url: string,
  key: string,
  body: object,
  headers: { [name: string]: string },
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers };
    const outgoing = request(url, { agent, method: "POST", headers: sent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.once("error", reject);
    });
    outgoing.once("error", reject);
    outgoing.end(JSON.stringify(body));
  });
}
