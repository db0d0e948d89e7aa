import { balanceNotice } from "./balance-notice.ts";
import { type Clock, systemClock } from "./clock.ts";
import { InvalidInputError, NotFoundError } from "./errors.ts";
import type { Item, ItemInput, Items, Json, Write } from "./items.ts";
import { ItemsConditionFailed } from "./items.ts";
import type { Job, JobEvent } from "./job.ts";
import {
  assertHolds,
  attemptFailed,
  type Change,
  claimed,
  ended,
  isOver,
  type JobTimes,
  renewed,
  requeued,
  succeeded,
  takeable,
} from "./job-rules.ts";
import type { ClaimResult, JobListQuery, JobStore, Submission, SubmitResult } from "./job-store.ts";
import { chargeOf, reserveWrites, type SpendTerms, settleWrites } from "./ledger.ts";
import { leftoverWrites } from "./leftovers.ts";
import {
  eventRetentionS,
  idempotencyRetentionS,
  jobRetentionS,
  leaseMs,
  maxJobFailures,
  resendAfterMs,
} from "./limits.ts";
import { assertMaySpend } from "./spend-check.ts";
import {
  type Joining,
  type LinePlace,
  type LinePosition,
  lineKey,
  lineWrites,
  nowhere,
  workOf,
} from "./waiting-line.ts";
import { nextProgress, outboxWrites, type ToldProgress } from "./webhook-outbox.ts";
import { paceKey } from "./work-pace.ts";

export interface JobStoreOptions {
  readonly items: Items;
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default the limits of `limits.ts` */
  readonly leaseMs?: number;
  readonly maxFailures?: number;
  readonly resendAfterMs?: number;
  /**
   * Jobs of one account and lane that may be in the queue before the next ones wait in line. Needs a feeder beside it.
   * @default no lines: every job goes to the queue at once
   */
  readonly accountWindow?: number;
}

/** Partition of the `due` index: jobs that somebody must look at again by then. */
const jobsDue = "DUE#jobs";
/** A lease is only treated as lost a little after it ended, so that a renewal under way wins. */
const leaseGraceMs = 1_000;
/**
 * A queued job whose message was sent is looked at again after this, as messages get lost in ways nobody foresaw; then after
 * twice as long and so on, up to the longest: a long backlog must not breed copies of its own messages.
 */
const queuedCheckMs = 600_000;
const longestQueuedCheckMs = 6 * 3_600_000;
/** Lost races are re-read and tried again; more than this many in a row is a bug, not contention. */
const maxRaces = 50;

const jobKey = (id: string) => ({ pk: `JOB#${id}`, sk: "META" });
const eventSk = (seq: number) => `EV#${String(seq).padStart(8, "0")}`;
const accountJobs = (accountId: string) => `ACC#${accountId}#JOBS`;

/** A stored job: the job, the number of its last event, and whether its message is known to be in the queue. */
interface Stored {
  readonly job: Job;
  readonly lastSeq: number;
  readonly sent: boolean;
  /** Checks in a row that found it still queued. */
  readonly waits: number;
  /** When the job must be looked at again; nothing once it is over. */
  readonly dueAt: number | undefined;
  readonly version: number;
  /** Progress that receivers were told of. */
  readonly told?: ToldProgress;
  /** Absent for jobs of a store without lines. */
  readonly line?: LinePosition;
}

/** What a transition makes of a stored job; `undefined` leaves it alone. */
type Step = (stored: Stored, now: number) => StoredChange | undefined;
type StoredChange = Change & {
  readonly sent?: boolean;
  readonly waits?: number;
  readonly release?: boolean;
  /** Of a submission. */
  readonly place?: LinePlace;
  readonly joining?: Joining;
};

/** The rules of `job-rules.ts` over the `items` port: each transition is one conditional write, re-read and retried when it lost a race. */
export function createJobStore(options: JobStoreOptions): JobStore {
  const { items, clock = systemClock } = options;
  const times: JobTimes = {
    leaseMs: options.leaseMs ?? leaseMs,
    maxFailures: options.maxFailures ?? maxJobFailures,
  };
  const resendMs = options.resendAfterMs ?? resendAfterMs;

  async function read(jobId: string): Promise<Stored | undefined> {
    const item = await items.get(jobKey(jobId));
    return item && toStored(item);
  }

  async function transition(jobId: string, step: Step): Promise<Job> {
    for (let race = 0; race < maxRaces; race++) {
      const stored = await read(jobId);
      if (!stored) throw jobNotFound(jobId);
      const made = step(stored, clock.now());
      if (!made) return stored.job;
      const change = withCharge(stored.job, made);
      try {
        await items.write(await writesFor(stored, change));
        return change.job;
      } catch (error) {
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
    throw new Error(`job ${jobId} lost ${maxRaces} races in a row`);
  }

  /**
   * The one place where a job is written: its record, its new history, the outbox rows of a terminal change, a note to look for what its
   * attempts left behind, and the money: what a terminal status charges and refunds is in this same list of writes.
   */
  async function writesFor(before: Stored | undefined, change: StoredChange): Promise<Write[]> {
    const { job, events } = change;
    const now = clock.now();
    const firstSeq = (before?.lastSeq ?? 0) + 1;
    const sent = change.sent ?? before?.sent ?? false;
    const waits = job.status === "queued" ? (change.waits ?? before?.waits ?? 0) : 0;
    const line = nextPosition(before, change, now);
    const told = nextProgress(before?.told, job, events, now);
    const record: ItemInput = {
      ...jobKey(job.id),
      gpk: accountJobs(job.accountId),
      gsk: `${new Date(job.createdAt).toISOString()}#${job.id}`,
      exp: Math.floor(job.createdAt / 1000) + jobRetentionS,
      ...(!isOver(job) && { duePk: jobsDue, dueAt: nextCheckAt({ job, sent, waits, line }, now) }),
      data: {
        job: job as unknown as Json,
        lastSeq: firstSeq + events.length - 1,
        sent,
        waits,
        told: told as Json | undefined,
        line: line as Json | undefined,
      },
    };
    const history = events.map(({ type, data }, index): Write => {
      const seq = firstSeq + index;
      return {
        put: {
          pk: `JOB#${job.id}`,
          sk: eventSk(seq),
          exp: Math.floor(now / 1000) + eventRetentionS,
          data: { seq, at: now, type, data },
        },
        if: { absent: true },
      };
    });
    const outbox = await outboxWrites(items, job, events, now, { before: before?.told, after: told });
    const money = before && isOver(job) ? settleWrites(job, before.job, now) : [];
    return [
      { put: record, if: before ? { version: before.version } : { absent: true } },
      ...history,
      ...outbox,
      ...money,
      ...(isOver(job) ? leftoverWrites(job, now) : []),
      ...(line === undefined ? [] : lineWrites(job, before?.line ?? nowhere, line, change.joining)),
      ...(job.status === "succeeded" ? paceWrites(job, before?.line?.begunAt, now) : []),
    ];
  }

  function nextCheckAt(
    { job, sent, waits, line }: Pick<Stored, "job" | "sent" | "waits"> & { readonly line: LinePosition | undefined },
    now: number,
  ): number {
    if (job.status === "running") return (job.leaseUntil ?? now) + leaseGraceMs;
    if (line?.place === "waiting")
      return Math.min(now + longestQueuedCheckMs, job.deadlineAt ?? Number.POSITIVE_INFINITY);
    const check = now + (sent ? Math.min(queuedCheckMs * 2 ** waits, longestQueuedCheckMs) : resendMs);
    return Math.min(check, job.deadlineAt ?? check);
  }

  /** Only an account with nobody in line may go straight to the queue. */
  async function placeFor(
    { accountId, lane = "interactive" }: Job,
    weight: number,
  ): Promise<Pick<StoredChange, "place" | "joining">> {
    const window = options.accountWindow;
    if (window === undefined) return {};
    const { waiting = 0, ready = 0, entered = 0 } = (await items.get(lineKey(accountId, lane)))?.data ?? {};
    const place = Number(waiting) > 0 || Number(ready) >= window ? "waiting" : "ready";
    return { place, joining: { weight, entered: Number(entered) } };
  }

  return {
    async submit({
      job: draft,
      idempotency,
      terms = noTerms,
      weight = 1,
      ...hooks
    }: Submission): Promise<SubmitResult> {
      let job = draft;
      const idempotencyKey = idempotency && { pk: `IDEM#${job.accountId}#${idempotency.key}`, sk: "META" };
      for (let race = 0; race < maxRaces; race++) {
        const known = idempotencyKey && (await items.get(idempotencyKey));
        const live = known && (known.exp ?? 0) * 1000 > clock.now() ? known : undefined;
        if (live) {
          if (live.data.fingerprint !== idempotency?.fingerprint) throw keyReused(idempotency?.key ?? "");
          const earlier = await read(String(live.data.jobId));
          if (earlier) return { job: earlier.job, replayed: true };
        }
        if (race === 0) await hooks.admit?.();
        await assertMaySpend(items, job, terms);
        if (race === 0) job = (await hooks.prepare?.()) ?? draft;
        const placed = await placeFor(job, weight);
        const events = [{ type: "queued", data: {} }] as const;
        const writes = await writesFor(undefined, { job, events, ...placed });
        const notice = await balanceNotice(items, job, terms.lowBalance, clock.now());
        writes.push(...reserveWrites(job, terms, clock.now(), notice.atLeast), ...notice.writes);
        if (idempotencyKey && idempotency) {
          const exp = Math.floor(clock.now() / 1000) + idempotencyRetentionS;
          const data = { fingerprint: idempotency.fingerprint, jobId: job.id };
          writes.push({
            put: { ...idempotencyKey, exp, data },
            if: known ? { version: known.version } : { absent: true },
          });
        }
        try {
          await items.write(writes);
          return { job, replayed: false, ...(placed.place === "waiting" && { waiting: true }) };
        } catch (error) {
          // Somebody used the key or spent the money in between: look again. A repeated job id is a bug of the caller.
          if (!(error instanceof ItemsConditionFailed) || error.failed.includes(0)) throw error;
        }
      }
      throw new Error(`submit of job ${job.id} lost ${maxRaces} races in a row`);
    },

    async confirmSent(jobId) {
      await transition(jobId, ({ job, sent }) =>
        sent || job.status !== "queued" ? undefined : { job, events: [], sent: true },
      );
    },

    async release(jobId) {
      let released = false;
      const job = await transition(jobId, ({ job: found, line }) => {
        released = line?.place === "waiting" && found.status === "queued";
        return released ? { job: found, events: [], release: true, sent: false } : undefined;
      });
      return released ? job : undefined;
    },

    async get(jobId) {
      return (await read(jobId))?.job;
    },

    async list(query: JobListQuery) {
      return listJobs(items, query);
    },

    async requestCancel(jobId) {
      return transition(jobId, ({ job }, now) => {
        if (isOver(job)) return undefined;
        if (job.status === "queued") return ended(job, "canceled", now);
        if (job.cancelRequestedAt !== undefined) return undefined;
        return { job: { ...job, cancelRequestedAt: now }, events: [] };
      });
    },

    async events(jobId, afterSeq, limit = 100) {
      const { items: found } = await items.query({
        index: "main",
        partition: `JOB#${jobId}`,
        from: eventSk(afterSeq + 1),
        to: "EV#99999999",
        limit,
      });
      return found.map((item) => item.data as unknown as JobEvent);
    },

    async claim(jobId, workerId): Promise<ClaimResult> {
      let outcome: ClaimResult | undefined;
      const job = await transition(jobId, ({ job: found }, now) => {
        outcome = undefined;
        if (isOver(found)) return undefined;
        if (found.status === "running" && (found.leaseUntil ?? 0) > now) {
          outcome = { outcome: "held", leaseUntil: found.leaseUntil ?? now };
          return undefined;
        }
        const change = takeable(found, now, times);
        if (change.job.status === "queued") {
          const taken = claimed(change.job, workerId, now, times);
          return { job: taken.job, events: [...change.events, ...taken.events] };
        }
        return change;
      }).catch((error: unknown) => {
        if (error instanceof NotFoundError) return undefined;
        throw error;
      });
      if (!job) return { outcome: "unknown" };
      if (outcome) return outcome;
      if (job.status === "running") return { outcome: "claimed", job };
      // Also when the sweep ended it, or a worker that died before it could dead-letter the message.
      const wornOut = job.status === "failed" && job.failures >= times.maxFailures;
      return { outcome: wornOut ? "exhausted" : "over", job };
    },

    async heartbeat(held) {
      return transition(held.id, ({ job }, now) => {
        assertHolds(job, held);
        return { job: renewed(job, now, times), events: [] };
      });
    },

    async progress(held, event, progress) {
      return transition(held.id, ({ job }, now) => {
        assertHolds(job, held);
        return { job: { ...renewed(job, now, times), progress }, events: [event] };
      });
    },

    async succeed(held, result) {
      return transition(held.id, ({ job }, now) => {
        assertHolds(job, held);
        return succeeded(job, result, now);
      });
    },

    async fail(held, error) {
      return transition(held.id, ({ job }, now) => {
        assertHolds(job, held);
        return attemptFailed(job, error, now, times);
      });
    },

    async cancel(held) {
      return transition(held.id, ({ job }, now) => {
        assertHolds(job, held);
        return ended(job, "canceled", now);
      });
    },

    async giveBack(held) {
      return transition(held.id, ({ job }, now) => {
        assertHolds(job, held);
        return job.cancelRequestedAt === undefined ? requeued(job, "worker_stopped") : ended(job, "canceled", now);
      });
    },

    async sweep(limit) {
      const resend: string[] = [];
      const over: Job[] = [];
      const due = await items.query({ index: "due", partition: jobsDue, to: clock.now(), limit });
      for (const { data } of due.items) {
        const { id } = data.job as unknown as Job;
        let acted = false;
        let inLine = false;
        const job = await transition(id, ({ job: found, sent, waits, dueAt, line }, now) => {
          inLine = line?.place === "waiting";
          acted = dueAt !== undefined && dueAt <= now;
          if (!acted) return undefined;
          const change = takeable(found, now, times);
          // Looked at now: the next look is one whole interval away, in case this send is lost as well.
          return { ...change, sent: change.job.status === "queued" ? false : sent, waits: waits + 1 };
        });
        if (!acted) continue;
        if (isOver(job)) over.push(job);
        else if (!inLine) resend.push(id);
      }
      return { resend, ended: over };
    },
  };
}

/** Where a job is after a change: a waiting one stays so until it is released, one that comes back goes straight to the queue. */
function nextPosition(before: Stored | undefined, change: StoredChange, now: number): LinePosition | undefined {
  const { job, release = false, place } = change;
  if (before === undefined) return place && { place, ...(place === "ready" && { releasedAt: now }) };
  if (before.line === undefined) return undefined;
  const { line } = before;
  if (isOver(job)) return nowhere;
  if (job.status === "running") {
    const begins = line.place !== "drawing" || job.attempt !== before.job.attempt;
    return begins ? { ...line, place: "drawing", begunAt: now } : line;
  }
  if (line.place === "waiting" && !release) return line;
  return line.place === "ready" ? line : { place: "ready", releasedAt: now };
}

/** Work done and the time it took, by model and hour: what waiting times are estimated from. @param begunAt - where it is known */
function paceWrites({ params, inferenceMs = 0 }: Job, begunAt: number | undefined, now: number): Write[] {
  const ms = begunAt === undefined ? Math.round(inferenceMs) : now - begunAt;
  return [{ add: paceKey(params.model, now), amounts: { work: workOf(params), ms: Math.max(1, ms), jobs: 1 } }];
}

const noTerms: SpendTerms = { unlimited: true };

/** An ended job knows what it was charged. */
function withCharge(before: Job, change: StoredChange): StoredChange {
  const { job } = change;
  if (job.price === undefined || !isOver(job) || isOver(before)) return change;
  return { ...change, job: { ...job, charged: chargeOf(before, job.status) } };
}

function toStored({ data, version, dueAt }: Item): Stored {
  // The record was written by `writesFor` alone; the driver returns what was stored.
  const { place, ...record } = data as unknown as Pick<
    Stored,
    "job" | "lastSeq" | "sent" | "waits" | "told" | "line"
  > & {
    /** What records of before had in place of `line`. */
    readonly place?: LinePlace;
  };
  return { ...(place !== undefined && { line: { place } }), ...record, dueAt, version };
}

function jobNotFound(jobId: string): NotFoundError {
  return new NotFoundError("job_not_found", `there is no job ${jobId}`, { param: "id" });
}

function keyReused(key: string): InvalidInputError {
  return new InvalidInputError(
    "idempotency_key_reused",
    `Idempotency-Key "${key}" was used for another request; send the same body again or take a new key`,
    { param: "Idempotency-Key" },
  );
}

/** Jobs looked at per call: a page of a rare kind comes back short, with a cursor to go on from, rather than late. */
const maxScanned = 1_000;

/** Newest first. Filters other than the account and the time run over the pages of the index. */
async function listJobs(items: Items, query: JobListQuery): Promise<{ jobs: Job[]; cursor?: string }> {
  const { accountId, status, createdAfter, metadata, limit } = query;
  const jobs: Job[] = [];
  let cursor = query.cursor;
  let scanned = 0;
  do {
    const page = await items.query({
      index: "gsi1",
      partition: accountJobs(accountId),
      reverse: true,
      // Never more than still fit, so that the page's cursor is exactly where the next page begins.
      limit: limit - jobs.length,
      ...(createdAfter !== undefined && { from: new Date(createdAfter + 1).toISOString(), to: "9999" }),
      ...(cursor !== undefined && { cursor }),
    });
    cursor = page.cursor;
    scanned += page.items.length;
    for (const item of page.items) {
      const { job } = toStored(item);
      if (status !== undefined && job.status !== status) continue;
      if (Object.entries(metadata ?? {}).some(([key, value]) => job.metadata[key] !== value)) continue;
      jobs.push(job);
    }
  } while (cursor !== undefined && jobs.length < limit && scanned < maxScanned);
  return { jobs, ...(cursor !== undefined && { cursor }) };
}
