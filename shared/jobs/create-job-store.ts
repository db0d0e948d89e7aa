import { InvalidInputError, NotFoundError } from "../errors.ts";
import { lineKey } from "../fair-queue/waiting-line.ts";
import type { Job, JobEvent } from "../job.ts";
import { idempotencyRetentionS, leaseMs, maxJobFailures, resendAfterMs } from "../limits.ts";
import { balanceNotice } from "../money/balance-notice.ts";
import { reserveWrites, type SpendTerms } from "../money/ledger.ts";
import { assertMaySpend } from "../money/spend-check.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import { type Items, ItemsConditionFailed } from "../ports/items.ts";
import {
  eventSk,
  jobKey,
  jobsDue,
  jobWrites,
  listJobs,
  type Stored,
  type StoredChange,
  toStored,
  withCharge,
} from "./job-records.ts";
import {
  assertHolds,
  attemptFailed,
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

/** Lost races are re-read and tried again; more than this many in a row is a bug, not contention. */
const maxRaces = 50;

/** What a transition makes of a stored job; `undefined` leaves it alone. */
type Step = (stored: Stored, now: number) => StoredChange | undefined;
/** The rules of `job-rules.ts` over the `items` port: each transition is one conditional write, re-read and retried when it lost a race. */
export function createJobStore(options: JobStoreOptions): JobStore {
  const { items, clock = systemClock } = options;
  const times: JobTimes = {
    leaseMs: options.leaseMs ?? leaseMs,
    maxFailures: options.maxFailures ?? maxJobFailures,
  };
  const resendMs = options.resendAfterMs ?? resendAfterMs;
  const writing = () => ({ items, now: clock.now(), resendMs });

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
        await items.write(await jobWrites(writing(), stored, change));
        return change.job;
      } catch (error) {
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
    throw new Error(`job ${jobId} lost ${maxRaces} races in a row`);
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
        const writes = await jobWrites(writing(), undefined, { job, events, ...placed });
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
          return { job, replayed: false, waiting: placed.place === "waiting" ? true : undefined };
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
      const resend: Job[] = [];
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
        else if (!inLine) resend.push(job);
      }
      return { resend, ended: over };
    },
  };
}

const noTerms: SpendTerms = { unlimited: true };

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
