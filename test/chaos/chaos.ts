import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ulid } from "ulid";
import { ApiKeys } from "../../shared/access/api-keys.ts";
import { terminalStatuses } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { Accounts } from "../../shared/money/accounts.ts";
import { openState } from "../../shared/open-state.ts";
import { systemClock as clock } from "../../shared/ports/clock.ts";
import { ItemsConditionFailed } from "../../shared/ports/items.ts";
import type { State } from "../../shared/state.ts";
import { WebhookEndpoints } from "../../shared/webhooks/webhook-endpoints.ts";
import { deliveriesDue, laneWrite } from "../../shared/webhooks/webhook-outbox.ts";
import { type Evidence, violations } from "../simulation/invariants.ts";
import { allJobs } from "../support/api/all-jobs.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { KeptProcess } from "./kept-process.ts";

export interface ChaosOptions {
  readonly jobs: number;
  /** Decides who is killed when; what the machine does in between it does not. */
  readonly seed: number;
  /** The checkpoint that workers draw with; a fake engine without. */
  readonly modelDir?: string;
  /** Mean pause between two kills. */
  readonly killEveryMs: number;
  readonly leaseMs: number;
  /** From the start until the last message has arrived. */
  readonly patienceMs: number;
  readonly log?: (line: string) => void;
}

export interface ChaosReport {
  readonly wrong: readonly string[];
  readonly kills: number;
  readonly statuses: { readonly [status: string]: number };
  readonly attempts: number;
  /** Jobs ended per second, before the first kill and while there were kills. */
  readonly calmRate: number;
  readonly stormRate: number;
}

const workers = 3;
const tenantCount = 4;
/** This part of the jobs is drawn before the first kill. */
const calmPart = 0.25;
/** Looks at all jobs cost the machine that is measured. */
const lookEveryMs = 500;
/** A fake engine's step. */
const stepMs = 80;
/** Some requests have the API killed under them: at random moments alone, few kills would meet one. */
const killedRequests = 0.02;
const refusedMessages = 0.1;

interface ChaosTenant {
  readonly accountId: string;
  readonly key: string;
  readonly endpoints: readonly { readonly url: string; readonly events: readonly string[] }[];
  readonly ownUrl: string;
}

/**
 * The service as processes of this machine, `kill -9` of any of them, and the invariants of the simulator afterwards.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { jobs: jobCount, log = () => {} } = options;
  const random = seededRandom(options.seed);
  const dataDir = await mkdtemp(join(tmpdir(), "chaos-"));
  const state = await openState({ kind: "embedded", dataDir });
  const receivers = await openReceivers(random);
  const port = await freePort();
  const { leaseMs, modelDir } = options;
  const shared = { dataDir, port, leaseMs, stepMs, modelDir };
  const roles = ["api", "dispatcher", ...Array.from({ length: workers }, () => "worker" as const)] as const;
  const processes: KeptProcess[] = [];
  try {
    const tenants = await openTenants(state, receivers.url);
    for (const role of roles) processes.push(new KeptProcess({ role, ...shared }));
    const jobs = createJobStore({ items: state.items, clock });
    const all = () => allJobs(jobs, tenants);
    const over = async () => (await all()).filter(({ status }) => terminalStatuses.has(status)).length;
    const deadline = clock.now() + options.patienceMs;

    let storm = false;
    let kills = 0;
    const api = processes[0]!;
    const clients = submitAll(`http://127.0.0.1:${port}`, tenants, jobCount, deadline, () => {
      if (storm && random() < killedRequests) void clock.sleep(random() * 15).then(() => api.kill() && kills++);
    });
    const accepted = clients.finished;
    accepted.catch(() => {}); // awaited below

    await until(async () => (await over()) > 0, deadline);
    const calmFrom = clock.now();
    const calmStart = await over();
    await until(async () => (await over()) >= Math.max(2, calmPart * jobCount), deadline);
    const calmRate = ((await over()) - calmStart) / ((clock.now() - calmFrom) / 1_000);
    log(`before: ${calmRate.toFixed(2)} jobs/s`);

    storm = true;
    const stormFrom = clock.now();
    const stormStart = await over();
    while (clock.now() < deadline && (await over()) < jobCount) {
      await clock.sleep(2 * random() * options.killEveryMs);
      const victim = processes[Math.floor(random() * processes.length)]!;
      if (victim.kill() && ++kills % 20 === 0) log(`${kills} kills, ${await over()} of ${jobCount} jobs over`);
    }
    const stormRate = ((await over()) - stormStart) / ((clock.now() - stormFrom) / 1_000);
    storm = false;
    log(`during: ${stormRate.toFixed(2)} jobs/s, ${kills} kills`);
    await accepted;
    const jobsSettled = await until(async () => (await over()) >= jobCount && (await isDrained(state)), deadline);
    const messagesSettled = await until(async () => {
      await hurryMessages(state, tenants);
      return isTold(state, tenants);
    }, deadline);

    const stored = await all();
    const evidence: Evidence = {
      tenants,
      claims: [],
      crashes: [],
      jobsSettled,
      messagesSettled,
      clients: clients.all,
      items: state.items,
      queue: state.queue,
      objects: state.objects,
      jobs,
      allJobs: all,
      receivers,
      isDead: () => false,
      sweptObjects: false,
    };
    const statuses: { [status: string]: number } = {};
    for (const { status } of stored) statuses[status] = (statuses[status] ?? 0) + 1;
    const attempts = stored.reduce((sum, { attempt }) => sum + attempt, 0);
    return { wrong: await violations(evidence), kills, statuses, attempts, calmRate, stormRate };
  } finally {
    await Promise.all(processes.map((kept) => kept.end()));
    await receivers.close();
    await state.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function openTenants({ items }: State, receiverUrl: string): Promise<ChaosTenant[]> {
  const newId = () => ulid();
  const apiKeys = new ApiKeys({ items, clock, newId });
  const accounts = new Accounts({ items, clock });
  const endpoints = new WebhookEndpoints({ items, clock, newId });
  const tenants: ChaosTenant[] = [];
  for (let i = 0; i < tenantCount; i++) {
    const { id: accountId } = await apiKeys.createAccount(`tenant ${i}`);
    await accounts.credit(accountId, { amount: 100_000_000_000, reference: "first" });
    const { value: key } = await apiKeys.createKey(accountId);
    const url = `${receiverUrl}/endpoint-${i}`;
    const events = i % 2 === 0 ? (["job.started", "job.succeeded"] as const) : [];
    await endpoints.create(accountId, { url, events });
    tenants.push({ accountId, key, endpoints: [{ url, events }], ownUrl: `${receiverUrl}/own-${i}` });
  }
  return tenants;
}

/** One server for all receivers; a tenth of the messages is refused when they come for the first time. */
async function openReceivers(random: () => number) {
  const receipts: Evidence["receivers"]["receipts"][number][] = [];
  const refused = new Set<string>();
  const server: Server = createServer(async (request, response) => {
    const messageId = String(request.headers["webhook-id"]);
    const { type, data } = JSON.parse(await text(request));
    if (!refused.has(messageId) && random() < refusedMessages) {
      refused.add(messageId);
      response.writeHead(500).end();
      return;
    }
    const url = `http://${request.headers.host}${request.url}`;
    receipts.push({ at: clock.now(), url, messageId, type, jobId: data.id, jobStatus: data.status });
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    receipts,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Eight clients that repeat a request, under its Idempotency-Key, until it is answered. */
function submitAll(
  url: string,
  tenants: readonly ChaosTenant[],
  jobCount: number,
  deadline: number,
  onRequest: () => void,
) {
  const all: { name: string; toldIds: Set<string>; complaints: string[] }[] = [];
  async function client() {
    while (all.length < jobCount) {
      const index = all.length;
      const wish = { name: `wish-${index}`, toldIds: new Set<string>(), complaints: [] as string[] };
      all.push(wish);
      const { key, ownUrl } = tenants[index % tenants.length]!;
      const headers = {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "idempotency-key": wish.name,
      };
      const body = JSON.stringify({
        prompt: `a fox, ${index}`,
        width: 64,
        height: 64,
        steps: 4,
        seed: index,
        metadata: { client: wish.name },
        webhook: index % 3 === 0 ? { url: ownUrl } : undefined,
      });
      for (;;) {
        if (clock.now() > deadline) throw new Error(`${wish.name} was not answered in time`);
        onRequest();
        // No answer: no server, or one that went away in the middle of an answer.
        const answer = await fetch(`${url}/v1/jobs`, { method: "POST", headers, body })
          .then(async (response) => ({ status: response.status, body: await response.text() }))
          .catch(() => undefined);
        if (answer !== undefined && answer.status < 300) {
          wish.toldIds.add(JSON.parse(answer.body).id);
          break;
        }
        if (answer !== undefined && answer.status < 500) {
          wish.complaints.push(`${wish.name} was answered ${answer.status}: ${answer.body}`);
          break;
        }
        await clock.sleep(50);
      }
    }
  }
  return { all, finished: Promise.all(Array.from({ length: 8 }, client)) };
}

async function isDrained({ queue }: State): Promise<boolean> {
  const { visible, inFlight, delayed } = await queue.depth();
  return visible + inFlight + delayed === 0;
}

async function isTold({ items }: State, tenants: readonly ChaosTenant[]): Promise<boolean> {
  for (const { accountId } of tenants) {
    const page = await items.query({ index: "due", partition: deliveriesDue(accountId), limit: 1 });
    if (page.items.length > 0) return false;
  }
  return true;
}

/**
 * A message whose attempt was cut off and refused next waits for minutes, by the schedule. That is tested elsewhere:
 * here it is due now.
 */
async function hurryMessages({ items }: State, tenants: readonly ChaosTenant[]): Promise<void> {
  const now = clock.now();
  for (const { accountId } of tenants) {
    const page = await items.query({ index: "due", partition: deliveriesDue(accountId), from: now + 1_000 });
    for (const { version, ...row } of page.items) {
      if (row.data.status !== "pending") continue;
      const put = { put: { ...row, dueAt: now }, if: { version } };
      await items.write([put, laneWrite(accountId, now)]).catch((error: unknown) => {
        // The dispatcher was quicker.
        if (!(error instanceof ItemsConditionFailed)) throw error;
      });
    }
  }
}

async function until(holds: () => Promise<boolean>, deadline: number): Promise<boolean> {
  while (clock.now() < deadline) {
    if (await holds()) return true;
    await clock.sleep(lookEveryMs);
  }
  return holds();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}
