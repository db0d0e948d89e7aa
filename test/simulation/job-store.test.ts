import { afterEach, expect, it } from "vitest";
import { type EmbeddedItems, openEmbeddedItems } from "../../shared/embedded/items.ts";
import { ConflictError, SpendError } from "../../shared/errors.ts";
import { type Job, type JobEvent, type JobStatus, terminalStatuses } from "../../shared/job.ts";
import { createJobStore } from "../../shared/jobs/create-job-store.ts";
import { jobsDue } from "../../shared/jobs/job-records.ts";
import type { JobStore } from "../../shared/jobs/job-store.ts";
import { Accounts } from "../../shared/money/accounts.ts";
import { auditAccount } from "../../shared/money/audit-ledger.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { queryDue } from "../../shared/ports/due-shards.ts";
import { deliveriesDue } from "../../shared/webhooks/webhook-outbox.ts";
import { sampleJob } from "../support/api/sample-job.ts";
import { seededRandom } from "../support/seeded-random.ts";

/*
 * Everything that can happen to jobs, in random order and at the same moment, under a clock that the test owns. After
 * every round the store is compared with what must hold whatever happened. A failure names its seed: SEED=n runs that
 * one alone.
 */

const firstSeed = Number(process.env.SEED ?? 1);
const seeds = Array.from({ length: process.env.SEED ? 1 : 8 }, (_, i) => firstSeed + i);
const rounds = 100;
const leaseMs = 1_000;
const maxFailures = 3;

const price = { currency: "USD", rate: 1, lane: "interactive", effectiveFrom: "2026-01-01T00:00:00Z" } as const;

const open: EmbeddedItems[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((items) => items.close()));
});

it.each(seeds)("keeps its promises under any order of events (seed %i)", async (seed) => {
  const world = new World(seed);
  await world.open();
  for (let round = 0; round < rounds; round++) {
    // Started together, so that reads of one land between read and write of another.
    await Promise.all(Array.from({ length: 1 + world.pick(6) }, () => world.step()));
    await world.check();
  }
  await world.drain();
});

class World {
  #now = 1_700_000_000_000;
  #ids = 0;
  readonly #random: () => number;
  readonly #items: EmbeddedItems;
  readonly #store: JobStore;
  readonly #jobs: string[] = [];
  /** Every hold ever won; workers keep using old ones, as real ones do. */
  readonly #holds: Job[] = [];
  /** As last seen, to notice what may not change. */
  readonly #seen = new Map<string, Job>();
  /** Jobs whose messages are in the queue. */
  readonly #sent = new Set<string>();
  readonly #attempts = new Set<string>();
  readonly #settled = new Set<string>();
  /** Until when the newest hold known of each job lasts at least. */
  readonly #leases = new Map<string, { readonly attempt: string; readonly until: number }>();
  readonly #giveBacks = new Map<string, number>();

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    const clock: Clock = { now: () => this.#now, sleep: async () => {} };
    this.#items = openEmbeddedItems(":memory:", { clock });
    open.push(this.#items);
    this.#store = createJobStore({
      items: this.#items,
      clock,
      leaseMs,
      maxFailures,
      resendAfterMs: 500,
    });
  }

  /** An account with money for some of its jobs. */
  async open(): Promise<void> {
    const clock: Clock = { now: () => this.#now, sleep: async () => {} };
    await this.#items.write([{ put: { pk: "ACC#acc_1", sk: "META", data: { id: "acc_1" } } }]);
    await new Accounts({ items: this.#items, clock }).credit("acc_1", { amount: 8_000, reference: "first" });
  }

  pick(n: number): number {
    return Math.floor(this.#random() * n);
  }

  async step(): Promise<void> {
    const kind = this.pick(20);
    const jobId = this.#jobs[this.pick(this.#jobs.length)];
    if (kind < 3 || jobId === undefined) return this.#submit();
    if (kind < 5) {
      this.#now += this.pick(leaseMs);
      return;
    }
    if (kind < 10) return this.#claim(jobId);
    if (kind === 10) return void (await this.#store.requestCancel(jobId));
    if (kind === 11) {
      this.#sent.add(jobId);
      return this.#store.confirmSent(jobId);
    }
    if (kind === 12) return void (await this.#sweep());
    const held = this.#holds[this.#holds.length - 1 - this.pick(Math.min(8, this.#holds.length))];
    if (held !== undefined) await this.#useHold(held, kind);
  }

  async #submit(): Promise<void> {
    const events = [[], ["job.started", "job.failed"], undefined][this.pick(3)];
    const deadlineAt = this.pick(4) === 0 ? this.#now + this.pick(5 * leaseMs) : undefined;
    const job = sampleJob(this.#newId(), this.#now, {
      webhook: events && { url: "https://example.com/hook", events },
      deadlineAt,
      price: this.pick(5) > 0 ? { ...price, amount: 1 + this.pick(1_000) } : undefined,
    });
    const key = this.pick(2) === 0 ? `key-${this.pick(10)}` : undefined;
    const idempotency = key && { idempotency: { key, fingerprint: key } };
    const terms = [{ unlimited: true }, { unlimited: false }, { unlimited: true, keyMonthlyCap: 5_000 }][this.pick(3)]!;
    const outcome = await this.#store.submit({ job, terms, ...(idempotency || {}) }).catch((error: unknown) => {
      if (error instanceof SpendError) return undefined;
      throw error;
    });
    if (outcome === undefined) {
      expect(await this.#store.get(job.id), "refused, and nothing recorded").toBeUndefined();
      return;
    }
    const { job: accepted, replayed } = outcome;
    expect(replayed).toBe(accepted.id !== job.id);
    if (replayed) expect(await this.#store.get(job.id)).toBeUndefined();
    else this.#jobs.push(job.id);
  }

  async #claim(jobId: string): Promise<void> {
    const claim = await this.#store.claim(jobId, `worker-${this.pick(4)}`);
    if (claim.outcome === "held") expect(claim.leaseUntil).toBeGreaterThan(this.#now - leaseMs);
    if (claim.outcome === "over" || claim.outcome === "exhausted") expect(terminalStatuses).toContain(claim.job.status);
    if (claim.outcome === "over" && claim.job.status === "failed") {
      expect(claim.job.failures, "what is worn out is for the dead letters").toBeLessThan(maxFailures);
    }
    expect(claim.outcome).not.toBe("unknown");
    if (claim.outcome !== "claimed") return;
    const attempt = `${jobId}#${claim.job.attempt}`;
    expect(this.#attempts, "one claim per fencing number").not.toContain(attempt);
    this.#attempts.add(attempt);
    const lease = this.#leases.get(jobId);
    if (lease !== undefined && !this.#settled.has(lease.attempt)) {
      expect(lease.until, "nobody takes what is held").toBeLessThanOrEqual(this.#now);
    }
    this.#leases.set(jobId, { attempt, until: claim.job.leaseUntil ?? 0 });
    this.#holds.push(claim.job);
  }

  async #useHold(held: Job, kind: number): Promise<void> {
    const error = { code: "engine_failed", message: "no", retryable: this.pick(3) > 0 };
    const progress = { step: 1, total: 4 };
    const attempt = `${held.id}#${held.attempt}`;
    try {
      if (kind === 13) await this.#store.heartbeat(held);
      else if (kind === 14) await this.#store.progress(held, { type: "step", data: { step: 1 } }, progress);
      else {
        if (kind < 17) await this.#store.succeed(held, { images: [], warnings: [], inferenceMs: 1 });
        else if (kind === 17) await this.#store.fail(held, error);
        else if (kind === 18) await this.#store.giveBack(held);
        else await this.#store.cancel(held);
        expect(this.#settled, "one hold settles once").not.toContain(attempt);
        this.#settled.add(attempt);
        if (kind === 18) this.#giveBacks.set(held.id, (this.#giveBacks.get(held.id) ?? 0) + 1);
      }
    } catch (refused) {
      if (!(refused instanceof ConflictError) || refused.code !== "lease_lost") throw refused;
    }
  }

  async #sweep(): Promise<string[]> {
    const { resend: due, ended } = await this.#store.sweep(1 + this.pick(20));
    const resend = due.map(({ id }) => id);
    for (const job of ended) expect(terminalStatuses).toContain(job.status);
    // The message went out, or the sweeper died first.
    if (this.pick(2) === 0) {
      for (const id of resend) this.#sent.add(id);
      await Promise.all(resend.map((id) => this.#store.confirmSent(id)));
    }
    return resend;
  }

  async check(): Promise<void> {
    const audit = await auditAccount(this.#items, "acc_1");
    expect(audit.discrepancies).toEqual([]);
    const listed = new Map<string, JobStatus>();
    let cursor: string | undefined;
    do {
      const page = await this.#store.list({ accountId: "acc_1", limit: 7, cursor });
      for (const { id, status } of page.jobs) {
        expect(listed.has(id), "listed once").toBe(false);
        listed.set(id, status);
      }
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(listed.size).toBe(this.#jobs.length);

    const due = new Set(await this.#dueJobs());
    const messages = await this.#dueMessages();
    for (const id of this.#jobs) {
      const job = await this.#store.get(id);
      if (job === undefined) throw new Error(`${id} is gone`);
      const over = terminalStatuses.has(job.status);
      expect(listed.get(id)).toBe(job.status);
      const isDue = due.has(`JOB#${id}`);
      if (over) expect(isDue, `${id} is ${job.status}`).toBe(false);
      else if (job.status === "running" || !this.#sent.has(id)) expect(isDue, `${id} is ${job.status}`).toBe(true);
      this.#compareWithBefore(job);
      expect(job.failures).toBeLessThanOrEqual(maxFailures);
      if (!over) {
        const attemptsEnded = job.attempt - (job.status === "running" ? 1 : 0);
        expect(attemptsEnded, "each is a failure or a give-back").toBe(job.failures + (this.#giveBacks.get(id) ?? 0));
      }
      const events = await this.#store.events(id, 0);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
      expect(events.filter(isEnd)).toHaveLength(over ? 1 : 0);
      expect(isEnd(events.at(-1)!)).toBe(over);
      expect((messages.get(id) ?? []).sort()).toEqual(expectedMessages(job).sort());
    }
  }

  #compareWithBefore(job: Job): void {
    const before = this.#seen.get(job.id);
    this.#seen.set(job.id, job);
    if (terminalStatuses.has(job.status) && job.price) {
      if (job.status === "succeeded") expect(job.charged).toBe(job.price.amount);
      else if (job.status === "canceled") expect(job.charged).toBeLessThanOrEqual(job.price.amount);
      else expect(job.charged, "failed and expired jobs cost nothing").toBe(0);
    }
    if (before === undefined) return;
    expect(job.attempt).toBeGreaterThanOrEqual(before.attempt);
    expect(job.failures).toBeGreaterThanOrEqual(before.failures);
    if (terminalStatuses.has(before.status)) expect(job, "what is over stays as it is").toEqual(before);
  }

  /** With one honest worker and time, every job ends: nothing hangs outside the reach of queue and sweep. */
  async drain(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      this.#now += leaseMs;
      for (const id of [...(await this.#sweep()), ...this.#sent]) {
        const claim = await this.#store.claim(id, "honest");
        if (claim.outcome === "claimed") {
          await this.#store.succeed(claim.job, { images: [], warnings: [], inferenceMs: 1 });
        }
      }
      if ((await this.#dueJobs()).length === 0) {
        for (const id of this.#jobs) expect(terminalStatuses).toContain((await this.#store.get(id))?.status);
        expect(await auditAccount(this.#items, "acc_1")).toMatchObject({ holds: 0, held: 0 });
        return this.check();
      }
      this.#now += 600_000;
    }
    throw new Error(`still waiting: ${await this.#dueJobs()}`);
  }

  /** Event types of what is in the outbox, by job. */
  async #dueMessages(): Promise<Map<string, string[]>> {
    const partition = deliveriesDue("acc_1");
    const { items } = await this.#items.query({ index: "due", partition, limit: 1_000 });
    const byJob = Map.groupBy(items, ({ data }) => String(data.jobId));
    return new Map([...byJob].map(([id, found]) => [id, found.map(({ data }) => String(data.eventType))]));
  }

  async #dueJobs(): Promise<string[]> {
    return (await queryDue(this.#items, jobsDue, { limit: 1_000 })).map(({ pk }) => pk);
  }

  #newId(): string {
    return String(++this.#ids).padStart(26, "0");
  }
}

function isEnd({ type }: JobEvent): boolean {
  return type === "done" || type === "error";
}

function expectedMessages({ status, webhook, startedAt }: Job): string[] {
  if (webhook === undefined) return [];
  const wanted = (type: string) =>
    webhook.events.length === 0 ? type !== "job.started" : webhook.events.includes(type);
  const happened = [
    ...(startedAt === undefined ? [] : ["job.started"]),
    ...(terminalStatuses.has(status) ? [`job.${status}`] : []),
  ];
  return happened.filter(wanted);
}
