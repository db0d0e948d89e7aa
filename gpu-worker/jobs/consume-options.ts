import type { JobStore } from "../../shared/jobs/job-store.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Log } from "../../shared/process/log.ts";
import type { MadeBy } from "../../shared/records/job-proof.ts";
import type { Spans } from "../../shared/tracing/span.ts";
import type { RunJobDependencies } from "./run-job.ts";

export interface ConsumeOptions extends RunJobDependencies {
  readonly queue: Queue;
  readonly jobs: JobStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Records attempts at jobs with a sampled trace. @default none */
  readonly spans?: Spans;
  /** What the record of a job says of its worker. @default nothing */
  readonly madeBy?: () => Promise<MadeBy>;
  readonly workerId: string;
  /** The store's hold on a job; the message is hidden for as long. */
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** How often the store is asked whether the job is cancelled, or watched. */
  readonly lookMs: number;
  /** Time that a job may still take once `stop` has aborted. */
  readonly graceMs: number;
}
