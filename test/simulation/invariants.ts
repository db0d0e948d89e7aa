import { createHash } from "node:crypto";
import { type Job, type JobEvent, terminalStatuses } from "../../shared/job.ts";
import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { maxJobFailures } from "../../shared/limits.ts";
import { auditAccount } from "../../shared/money/audit-ledger.ts";
import { balanceKey } from "../../shared/money/ledger.ts";
import type { Item, Items } from "../../shared/ports/items.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import { queryAll } from "../../shared/ports/query-all.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import { wantsEvent } from "../../shared/webhooks/webhook-event.ts";
import type { Receipt } from "./receivers.ts";

/** What a run, simulated or not, leaves behind to be judged. */
export interface Evidence {
  readonly tenants: readonly {
    readonly accountId: string;
    readonly endpoints: readonly { readonly url: string; readonly events: readonly string[] }[];
  }[];
  /** One per wish for a job; the job carries its name in `metadata.client`. */
  readonly clients: readonly {
    readonly name: string;
    readonly toldIds: ReadonlySet<string>;
    readonly complaints: readonly string[];
  }[];
  /** Claims that workers were granted, where the run could see them. */
  readonly claims: readonly { readonly jobId: string; readonly attempt: number; readonly worker: string }[];
  /** Jobs that somebody watched, and the steps after which workers cancelled one, where the run could see them. */
  readonly watched?: ReadonlySet<string>;
  readonly canceledAfter?: ReadonlyMap<string, number>;
  readonly crashes: readonly string[];
  readonly jobsSettled: boolean;
  readonly messagesSettled: boolean;
  readonly receivers: { readonly receipts: readonly Receipt[] };
  readonly items: Items;
  readonly queue: Queue;
  readonly objects: Objects;
  readonly jobs: JobStore;
  readonly allJobs: () => Promise<Job[]>;
  /** Receivers that never answer, and so cannot be told. */
  readonly isDead: (url: string) => boolean;
  /** Whether `sweepLeftovers` ran at the end. */
  readonly sweptObjects: boolean;
}

/** Everything that must hold after a run, whatever happened in it. Returns what does not; empty is good. */
export async function violations(world: Evidence): Promise<string[]> {
  const jobs = await world.allJobs();
  const byId = new Map(jobs.map((job) => [job.id, job]));
  return [
    ...settled(world),
    ...clients(world, jobs, byId),
    ...claims(world),
    ...(await Promise.all(jobs.map((job) => history(world, job)))).flat(),
    ...(await steps(world, jobs)),
    ...webhooks(world, jobs),
    ...(await money(world, jobs)),
    ...(await objects(world, byId)),
    ...(await deadLetters(world, byId)),
  ];
}

function settled({ jobsSettled, messagesSettled, crashes }: Evidence): string[] {
  return [
    ...crashes.map((crash) => `a process broke: ${crash}`),
    ...(jobsSettled ? [] : ["jobs, or messages of the queue, were left long after the last failure"]),
    ...(messagesSettled ? [] : ["webhook messages to living receivers were left"]),
  ];
}

/** One wish, one job; an accepted job exists; nobody is told something that is not so. */
function clients({ clients }: Evidence, jobs: readonly Job[], byId: ReadonlyMap<string, Job>): string[] {
  const perClient = Map.groupBy(jobs, ({ metadata }) => metadata.client);
  return clients.flatMap(({ name, toldIds, complaints }) => [
    ...complaints,
    ...((perClient.get(name)?.length ?? 0) > 1
      ? [`${name} asked for one job and has ${perClient.get(name)?.length}`]
      : []),
    ...[...toldIds].filter((id) => !byId.has(id)).map((id) => `${name} was told of ${id}, which does not exist`),
  ]);
}

function claims({ claims }: Evidence): string[] {
  const perAttempt = Map.groupBy(claims, ({ jobId, attempt }) => `${jobId} attempt ${attempt}`);
  return [...perAttempt]
    .filter(([, granted]) => granted.length > 1)
    .map(([attempt, granted]) => `${attempt} was granted to ${granted.map(({ worker }) => worker).join(" and ")}`);
}

/** Ends once, and its history says so once, at its end. */
async function history(world: Evidence, job: Job): Promise<string[]> {
  const events: JobEvent[] = await world.jobs.events(job.id, 0, 1_000);
  const ends = events.filter(({ type }) => type === "done" || type === "error");
  const wrong: string[] = [];
  if (!terminalStatuses.has(job.status)) wrong.push(`${job.id} is ${job.status}`);
  else if (ends.length !== 1) wrong.push(`${job.id} (${job.status}) ended ${ends.length} times`);
  else if (events.at(-1) !== ends[0]) wrong.push(`${job.id} has a history after its end`);
  if (events.some(({ seq }, i) => seq !== i + 1)) wrong.push(`${job.id} has gaps in its history`);
  if (job.failures > maxJobFailures) wrong.push(`${job.id} failed ${job.failures} times`);
  return wrong;
}

/** Steps are told of jobs that somebody watches, and of no other; the end of each knows how many were done. */
async function steps({ watched, canceledAfter, jobs: store, tenants }: Evidence, jobs: readonly Job[]) {
  const wrong: string[] = [];
  const seen: boolean[] = [];
  for (const job of jobs) {
    const { id, status, progress } = job;
    if (status === "succeeded" && (progress === undefined || progress.step !== progress.total)) {
      wrong.push(`${id} succeeded after ${progress?.step ?? "unknown"} steps of ${progress?.total}`);
    }
    const after = canceledAfter?.get(id);
    if (after !== undefined && status === "canceled" && (progress?.step ?? 0) !== after) {
      wrong.push(`${id} was cancelled after ${after} steps and says ${progress?.step ?? "none"}`);
    }
    const endpoints = tenants.find(({ accountId }) => accountId === job.accountId)?.endpoints ?? [];
    const tells = [...endpoints, ...(job.webhook ? [job.webhook] : [])].some(({ events }) =>
      wantsEvent(events, "job.progress"),
    );
    if (watched === undefined || tells) continue;
    const isTold = (await store.events(id, 0, 1_000)).some(({ type }) => type === "step");
    if (!watched.has(id) && isTold) wrong.push(`${id} was told step by step, and nobody watched`);
    if (watched.has(id) && status === "succeeded") seen.push(isTold);
  }
  // One may miss its steps, when the store fails at the wrong moment; not all of them.
  if (seen.length >= 3 && !seen.includes(true)) wrong.push(`${seen.length} jobs were watched, and no step was told`);
  return wrong;
}

/** Ledger = balances, nothing held, and each job paid for once, if it succeeded, or for the steps that were done. */
async function money(world: Evidence, jobs: readonly Job[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const { accountId } of world.tenants) {
    const { discrepancies, held, holds } = await auditAccount(world.items, accountId);
    const { data: counts = {} } = (await world.items.get(balanceKey(accountId))) ?? {};
    const own = jobs.filter((job) => job.accountId === accountId && job.price !== undefined).length;
    const sum = (what: string) => Number(counts[`interactive${what}`] ?? 0) + Number(counts[`batch${what}`] ?? 0);
    const { open = 0 } = counts;
    if (open !== 0 || sum("Entered") !== own || sum("Ended") !== own) {
      wrong.push(
        `${accountId} counts ${open} open jobs, ${sum("Entered")} that entered and ${sum("Ended")} that ended, of ${own}`,
      );
    }
    if (held !== 0 || holds !== 0) wrong.push(`${accountId} has ${holds} holds of ${held} left`);
    for (const { what, expected, found } of discrepancies) {
      wrong.push(`${accountId}: ${what} is ${found}, the ledger says ${expected}`);
    }
    const settled = Map.groupBy(
      (await ledger(world, accountId)).filter(({ data }) => data.kind === "settle"),
      ({ data }) => data.jobId,
    );
    for (const job of jobs.filter((found) => found.accountId === accountId && found.price !== undefined)) {
      const count = settled.get(job.id)?.length ?? 0;
      if (count !== 1) wrong.push(`${job.id} was settled ${count} times`);
      const { charged = 0, price, status, progress, params, startedAt } = job;
      const total = params.n * params.steps;
      const begun = startedAt === undefined ? 0 : Math.min(total, (progress?.step ?? 0) + 1);
      const steps = status === "succeeded" ? total : status === "canceled" ? begun : 0;
      const most = Math.floor((price!.amount * steps) / total);
      if (charged > most || (status === "succeeded" && charged < most)) {
        wrong.push(`${job.id} (${status}) was charged ${charged}, not ${most}`);
      }
    }
  }
  return wrong;
}

function ledger({ items }: Evidence, accountId: string): Promise<Item[]> {
  return queryAll(items, { index: "main", partition: `ACC#${accountId}`, prefix: "LED#" });
}

/** Every subscribed event at least once, first arrivals in order, under one id, and no end but the job's own. */
function webhooks({ tenants, receivers, isDead }: Evidence, jobs: readonly Job[]): string[] {
  const wrong: string[] = [];
  const perJob = Map.groupBy(receivers.receipts, ({ jobId, url }) => `${jobId} ${url}`);
  for (const job of jobs) {
    const tenant = tenants.find(({ accountId }) => accountId === job.accountId);
    const subscriptions = [...(job.webhook ? [job.webhook] : []), ...(tenant?.endpoints ?? [])];
    for (const { url, events } of subscriptions) {
      if (isDead(url)) continue;
      const all = perJob.get(`${job.id} ${url}`) ?? [];
      const got = all.filter(({ type }) => type !== "job.progress");
      const happened = [...(job.startedAt === undefined ? [] : ["job.started"]), `job.${job.status}`] as const;
      const wanted = happened.filter((type) => wantsEvent(events, type as "job.started"));
      const first = [...new Set(got.map(({ type }) => type))];
      if (first.join() !== wanted.join()) {
        wrong.push(
          `${url} wanted ${wanted.join(", ") || "nothing"} of ${job.id} and got ${first.join(", ") || "nothing"}`,
        );
      }
      // Progress may be lost, but is not told twice, nor when it is over.
      const progress = all.filter(({ type }) => type === "job.progress");
      const end = all.findIndex(({ type }) => type === `job.${job.status}`);
      if (end >= 0 && all.slice(end).some(({ type }) => type === "job.progress")) {
        wrong.push(`${url} was told of progress of ${job.id} after its end`);
      }
      if (new Set(progress.map(({ messageId }) => messageId)).size !== progress.length) {
        wrong.push(`${url} was told twice of the same progress of ${job.id}`);
      }
      const ids = new Set(got.map(({ type, messageId }) => `${type} ${messageId}`));
      if (ids.size !== first.length) wrong.push(`${url} got one event of ${job.id} under several ids`);
    }
  }
  return wrong;
}

/** Images of a job that succeeded are there and whole; others are not there at all. */
async function objects(world: Evidence, byId: ReadonlyMap<string, Job>): Promise<string[]> {
  const wrong: string[] = [];
  const named = new Set<string>();
  for (const job of byId.values()) {
    if (job.status === "succeeded" && job.images.length !== job.params.n) wrong.push(`${job.id} lacks images`);
    for (const { key, sha256 } of job.images) {
      named.add(key);
      const stored = await world.objects.get(key);
      const digest = stored && createHash("sha256").update(stored.body).digest("hex");
      if (digest !== sha256) wrong.push(`${job.id} names ${key}, which is ${stored ? "something else" : "not stored"}`);
    }
  }
  if (!world.sweptObjects) return wrong;
  const { objects } = await world.objects.list("o/", { limit: 1_000_000 });
  return [...wrong, ...objects.filter(({ key }) => !named.has(key)).map(({ key }) => `nobody names ${key}`)];
}

async function deadLetters(world: Evidence, byId: ReadonlyMap<string, Job>): Promise<string[]> {
  return (await world.queue.deadLetters(1_000)).flatMap(({ body, reason }) => {
    const message = parseJobMessage(body);
    const job = "jobId" in message ? byId.get(message.jobId) : undefined;
    return job?.status === "failed"
      ? []
      : [`dead letter ${body} (${reason}), and its job is ${job?.status ?? "unknown"}`];
  });
}
