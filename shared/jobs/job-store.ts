import type { Job, JobEvent, JobImage, JobStatus, Lane } from "../job.ts";
import type { SpendTerms } from "../money/ledger.ts";
import type { QueueDepth } from "../ports/queue.ts";
import type { MadeBy } from "../records/job-proof.ts";
import type { Warning } from "../warnings/warning.ts";
import type { FailedAttempt, StepsDone } from "./job-rules.ts";

/** A client's `Idempotency-Key`, with the SHA-256 of the canonical request it belongs to. */
export interface IdempotencyKey {
  readonly key: string;
  readonly fingerprint: string;
}

export interface Submission {
  readonly job: Job;
  readonly idempotency?: IdempotencyKey;
  /** Spending terms of the account that pays for the job. @default unlimited, without caps */
  readonly terms?: SpendTerms;
  /**
   * Its caller follows the steps from the first one on, as `watch` says: a short job could be over before a call of
   * `watch` is heard.
   */
  readonly watched?: boolean;
}

export interface SubmitResult {
  readonly job: Job;
  readonly replayed: boolean;
}

/** Result of a worker's attempt to claim a job. */
export type ClaimResult =
  | { readonly outcome: "claimed"; readonly job: Job }
  /**
   * Nothing left to do for this message: the job is over, or was just ended here (cancelled, past its deadline). Delete
   * the message.
   */
  | { readonly outcome: "over"; readonly job: Job }
  /** Ended as failed, here or before: it had used up its failures. Dead-letter the message. */
  | { readonly outcome: "exhausted"; readonly job: Job }
  /** Another worker's lease is alive. Leave the message hidden until `leaseUntil`. */
  | { readonly outcome: "held"; readonly leaseUntil: number }
  /** No such job: dead-letter the message. */
  | { readonly outcome: "unknown" };

/** A held job as its worker finds it between its writes. */
export interface HeldJob {
  /** Its `cancelRequestedAt` tells whether to stop. */
  readonly job: Job;
  /** Steps and previews are wanted until then, in milliseconds since the epoch; 0 when nobody ever watched. */
  readonly watchedUntil: number;
}

export interface JobListQuery {
  readonly accountId: string;
  readonly status?: JobStatus;
  /** Milliseconds since the epoch. */
  readonly createdAfter?: number;
  readonly createdBefore?: number;
  readonly metadata?: { readonly [key: string]: string };
  /** Of the jobs that all this selects, only those are listed. @default all */
  readonly accepts?: (job: Job) => boolean;
  /** Rows and jobs that one page reads at most, and a little more. @default 5,000 */
  readonly mostReads?: number;
  readonly limit: number;
  readonly cursor?: string;
}

/** What is in one lane of the queue; `undefined` where nobody knows. */
export type DepthOf = (lane: Lane) => Promise<QueueDepth | undefined>;

/**
 * The rules of a job's life over the `items` port. Each transition is one atomic write.
 * Calls that take `held` (a job as returned by `claim` or a later call) are fenced: they throw `LeaseLost`
 * (a ConflictError with code `lease_lost`) and change nothing when the job was claimed again or ended since.
 */
export interface JobStore {
  /**
   * The job that this key stands for, if any: a cheap look before the work of a submission, which looks again.
   * @throws InvalidInputError `idempotency_key_reused` when the key belongs to another request body
   */
  findReplay(accountId: string, idempotency: IdempotencyKey): Promise<Job | undefined>;
  /**
   * Records the job as queued with its first event; durable on return. The caller then sends the queue message and
   * calls `confirmSent`; a crash between the two is repaired by the tick, which re-sends. Its price is held on the
   * account in the same transaction.
   * @throws InvalidInputError `idempotency_key_reused` when the key belongs to another request body
   * @throws SpendError `insufficient_balance`, `spend_limit`; nothing is recorded then
   * @throws LimitError `queue_full` when the account has as many unfinished jobs as any may have, `concurrency_limit`
   * when account or key have as many as their own limits let them
   */
  submit(submission: Submission): Promise<SubmitResult>;
  confirmSent(jobId: string): Promise<void>;
  get(jobId: string): Promise<Job | undefined>;
  /**
   * Newest first. A page is full unless it is the last, which has no cursor, or its filters passed over so many jobs
   * that it ended for that reason.
   */
  list(query: JobListQuery): Promise<{ readonly jobs: Job[]; readonly cursor?: string }>;
  /** Queued jobs end at once, running ones at the next step. Idempotent: a job that is over is returned as it is. */
  requestCancel(jobId: string): Promise<Job>;
  /**
   * Takes an image off a job, and off the count of images; what the job cost stays. Its objects are the caller's to
   * delete: should that fail, they are found and deleted later.
   * @returns the image; `undefined` where the job has none of this index, or there is no such job
   */
  deleteImage(jobId: string, index: number): Promise<JobImage | undefined>;
  /**
   * Takes an image off a job with `store: false` that is over; without an index, or where it has none left, all that
   * the job held (`unstored/forgotten-job.ts`). Its objects are the caller's to delete. Again is the same.
   * @returns the job as it is now; `undefined` where it is none of these
   */
  forget(jobId: string, index?: number): Promise<Job | undefined>;
  /** Events after `afterSeq`, ascending. */
  events(jobId: string, afterSeq: number, limit?: number): Promise<JobEvent[]>;
  /** The last steps that were told, newest first, among the last `limit` events. */
  newestSteps(jobId: string, limit: number): Promise<JobEvent[]>;
  /**
   * Somebody wants to see the job's steps: from now on for `watchMs` (`watched-jobs.ts`) its worker reports them.
   * A small write, also for a job that is not begun yet.
   */
  watch(jobId: string): Promise<void>;

  claim(jobId: string, workerId: string): Promise<ClaimResult>;
  /** Reads only: what a worker must know between its writes. Fenced like them. */
  look(held: Job): Promise<HeldJob>;
  /** Whether a webhook wants each step of the job: that counts as watching. */
  tellsProgress(job: Job): Promise<boolean>;
  /**
   * Renews the lease; the result's `cancelRequestedAt` tells whether to stop.
   * @param done - steps that are not written yet, because nobody watches
   */
  heartbeat(held: Job, done?: StepsDone): Promise<Job>;
  /**
   * Adds an event and records the progress, and renews the lease with it. Also reports cancellation like `heartbeat`.
   */
  progress(held: Job, event: Pick<JobEvent, "type" | "data">, progress: StepsDone): Promise<Job>;
  /**
   * Success, its event, the charge and the webhook deliveries: one transaction.
   * @param done - as in `heartbeat`, and in the three below: what a job is charged counts the steps that were done
   */
  succeed(
    held: Job,
    result: { images: readonly JobImage[]; madeBy?: MadeBy; warnings: readonly Warning[]; inferenceMs: number },
    done?: StepsDone,
  ): Promise<Job>;
  /**
   * A failure. Retryable ones requeue the job (`queued`) until `maxJobFailures`, or `maxBrokenWorkers` where they may
   * have broken a worker; the result's status tells which.
   */
  fail(held: Job, error: FailedAttempt, done?: StepsDone): Promise<Job>;
  /** Charges the steps begun. */
  cancel(held: Job, done?: StepsDone): Promise<Job>;
  /** The worker must stop: the job goes back to `queued` at once and it is no failure. */
  giveBack(held: Job, done?: StepsDone): Promise<Job>;

  /**
   * Jobs whose next check is due: unsent and lost messages, expired leases, passed deadlines. Repairs what needs no
   * message (expiry, exhausted failures) and returns those whose message must be sent again, as they now are, and how
   * many only wait. One that cannot be repaired is set aside and tried again later (`shared/ports/set-aside.ts`); the
   * others go on.
   * @param depthOf - asked when a job has waited long. @default nobody knows
   */
  sweep(
    limit: number,
    depthOf?: DepthOf,
  ): Promise<{
    readonly resend: Job[];
    readonly ended: Job[];
    readonly waiting: number;
    readonly failed: number;
  }>;
}
