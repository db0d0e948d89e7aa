import { WorkerPaces } from "../fair-queue/model-pace.ts";
import type { Job } from "../job.ts";
import { askAfterMs, leaseMs, maxJobFailures, maxUnfinishedJobs, recordRetentionS, resendAfterMs } from "../limits.ts";
import { balanceKey } from "../money/ledger.ts";
import { type Clock, systemClock } from "../ports/clock.ts";
import { queryDue } from "../ports/due-shards.ts";
import type { Item, Items } from "../ports/items.ts";
import { forEachDue } from "../ports/set-aside.ts";
import type { RecordKey } from "../records/record-key.ts";
import { deleteImage } from "./delete-image.ts";
import { forget } from "./forget.ts";
import { attemptCalls } from "./job-attempts.ts";
import { jobIdOfKey, newestSteps, readEvents } from "./job-history.ts";
import { toStored, urgentJobsDue, waitingJobsDue } from "./job-records.ts";
import { ended, isOver, takeable } from "./job-rules.ts";
import type { DepthOf, JobStore } from "./job-store.ts";
import { listJobs } from "./list-jobs.ts";
import { findReplay, recordSubmission } from "./record-submission.ts";
import { StoredJobs } from "./stored-jobs.ts";
import { watchWrite } from "./watched-jobs.ts";

export interface JobStoreOptions {
  readonly items: Items;
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default the limits of `limits.ts` */
  readonly leaseMs?: number;
  readonly maxFailures?: number;
  readonly resendAfterMs?: number;
  readonly askAfterMs?: number;
  /** Jobs that one account may have unfinished. @default `maxUnfinishedJobs` */
  readonly maxUnfinished?: number;
  /** How long records of what was made are kept, in seconds. @default `recordRetentionS` */
  readonly recordsS?: number;
  /** Seals prompts into those records. @default they have no prompts */
  readonly promptKey?: RecordKey | undefined;
  /** A worker writes its pace at most so often. @default `paceEveryMs` of `model-pace.ts` */
  readonly paceEveryMs?: number;
}

/**
 * The rules of `job-rules.ts` over the `items` port: each transition is one conditional write, re-read and retried when
 * it lost a race.
 */
export function createJobStore(options: JobStoreOptions): JobStore {
  const jobs = new StoredJobs({
    items: options.items,
    clock: options.clock ?? systemClock,
    times: { leaseMs: options.leaseMs ?? leaseMs, maxFailures: options.maxFailures ?? maxJobFailures },
    resendMs: options.resendAfterMs ?? resendAfterMs,
    askMs: options.askAfterMs ?? askAfterMs,
    recordsS: options.recordsS ?? recordRetentionS,
    promptKey: options.promptKey,
    maxUnfinished: options.maxUnfinished ?? maxUnfinishedJobs,
  });
  return {
    findReplay: (accountId, idempotency) => findReplay(jobs, accountId, idempotency),
    submit: (submission) => recordSubmission(jobs, submission),
    ...ownerCalls(jobs),
    ...attemptCalls(jobs, new WorkerPaces(jobs.items, jobs.clock, options.paceEveryMs)),
    ...repairCalls(jobs),
  };
}

/** Calls made for the owner of a job. */
function ownerCalls(
  jobs: StoredJobs,
): Pick<JobStore, "get" | "list" | "deleteImage" | "forget" | "events" | "newestSteps" | "watch" | "requestCancel"> {
  const { items, clock } = jobs;
  return {
    get: async (jobId) => (await jobs.read(jobId))?.job,
    list: (query) => listJobs(items, query),
    deleteImage: (jobId, index) => deleteImage(jobs, jobId, index),
    forget: (jobId, index) => forget(jobs, jobId, index),
    events: (jobId, afterSeq, limit = 100) =>
      readEvents(items, jobId, { afterSeq, limit }, (record) => toStored(record).history),
    newestSteps: (jobId, limit) => newestSteps(items, jobId, limit),
    watch: (jobId) => items.write([watchWrite(jobId, clock.now())]),
    requestCancel: (jobId) =>
      jobs.transition(jobId, ({ job }, now) => {
        if (isOver(job)) return undefined;
        if (job.status === "queued") return ended(job, "canceled", now);
        if (job.cancelRequestedAt !== undefined) return undefined;
        return { job: { ...job, cancelRequestedAt: now }, events: [] };
      }),
  };
}

/** Calls around the queue: what a crash left behind is repaired by the tick. */
function repairCalls(jobs: StoredJobs): Pick<JobStore, "confirmSent" | "sweep"> {
  return {
    async confirmSent(jobId) {
      await jobs.transition(jobId, ({ job, sent }) =>
        sent || job.status !== "queued" ? undefined : { job, events: [], sent: true },
      );
    },
    async sweep(limit, depthOf = async () => undefined) {
      const resend: Job[] = [];
      const over: Job[] = [];
      let waiting = 0;
      const { items, clock } = jobs;
      const due = { to: clock.now(), limit };
      const urgent = await queryDue(items, urgentJobsDue, due);
      const rows = [...urgent, ...(await queryDue(items, waitingJobsDue, due))].slice(0, limit);
      // Not read from the record: that may be what is broken.
      const idOf = (row: Item) => jobIdOfKey(row);
      const failed = await forEachDue({ items, clock }, { kind: "job", rows, idOf }, async (row) => {
        const { job, acted } = await sweepOne(jobs, toStored(row).job.id, depthOf);
        if (acted === "waits") waiting++;
        if (acted !== "repaired") return;
        if (isOver(job)) over.push(job);
        else resend.push(job);
      });
      return { resend, ended: over, waiting, failed };
    },
  };
}

async function sweepOne(jobs: StoredJobs, jobId: string, depthOf: DepthOf) {
  let acted: "repaired" | "waits" | undefined;
  const isLost = await isMessageLost(jobs, jobId, depthOf);
  const job = await jobs.transition(jobId, ({ job: found, sent, dueAt }, now) => {
    acted = undefined;
    if (dueAt === undefined || dueAt > now) return undefined;
    const change = takeable(found, now, jobs.times);
    const waits = sent && change.job === found && !isLost;
    acted = waits ? "waits" : "repaired";
    // Looked at now: the next look is one whole interval away, in case this send is lost as well.
    return { ...change, sent: change.job.status === "queued" ? waits : sent };
  });
  return { job, acted };
}

/**
 * Whether the message of a job that waits must be lost: nothing is left in its lane; or workers draw there, and every
 * job that its account sent before it is over. Where neither is so, it may yet come. One too many does no harm.
 */
async function isMessageLost(jobs: StoredJobs, jobId: string, depthOf: DepthOf): Promise<boolean> {
  const stored = await jobs.read(jobId);
  if (stored?.job.status !== "queued" || !stored.sent) return false;
  const { lane = "interactive", entered, accountId } = stored.job;
  const depth = await depthOf(lane);
  if (depth === undefined) return false;
  if (depth.visible + depth.inFlight + depth.delayed === 0) return true;
  if (depth.inFlight === 0 || entered === undefined) return false;
  const balance = await jobs.items.get(balanceKey(accountId));
  return Number(balance?.data[`${lane}Ended`] ?? 0) >= entered;
}
