import type { Job } from "../../shared/job.ts";
import type { StepsDone } from "../../shared/jobs/job-rules.ts";
import { type QueueMessage, StaleReceipt } from "../../shared/ports/queue.ts";
import { stepsPerImage } from "../../shared/request/drawing-passes.ts";
import type { ConsumeOptions } from "./consume-options.ts";
import { isLeaseLost, recordProgress } from "./record-progress.ts";
import type { JobProgress } from "./run-job.ts";
import { StepReports } from "./step-reports.ts";
import type { StopSignals } from "./stop-signals.ts";

export interface Hold {
  /** Aborts when the drawing must stop; `reason()` then says why. */
  readonly signal: AbortSignal;
  reason(): "canceled" | "stopping" | "lost" | undefined;
  readonly report: (progress: JobProgress) => Promise<void>;
  /** Steps done, for whoever settles the job; `undefined` before the first. */
  done(): StepsDone | undefined;
  /** Ends heartbeats and timers. */
  release(): void;
}

/**
 * Keeps a claimed job ours while it is drawn: renews lease and message, writes progress for those who watch, and learns
 * of everything that must stop the drawing (a cancel, a lost lease, a worker that has to go).
 */
export function holdJob(job: Job, message: QueueMessage, options: ConsumeOptions, signals: StopSignals): Hold {
  const holding = new Holding(job, message, options);
  holding.begin(signals);
  return holding;
}

class Holding implements Hold {
  readonly #job: Job;
  readonly #message: QueueMessage;
  readonly #options: ConsumeOptions;
  readonly #controller = new AbortController();
  readonly #released = new AbortController();
  readonly #reports: StepReports;
  readonly #startedAt: number;
  #leaseUntil: number;
  #reason: ReturnType<Hold["reason"]>;
  /** Resolved before the first step is reported, so that a watcher from before the job began misses none. */
  #looked: Promise<unknown> = Promise.resolve();
  /** The last look failed. */
  #isBlind = false;

  constructor(job: Job, message: QueueMessage, options: ConsumeOptions) {
    const { clock, leaseMs } = options;
    this.#job = job;
    this.#message = message;
    this.#options = options;
    this.#startedAt = clock.now();
    this.#leaseUntil = this.#startedAt + leaseMs;
    this.#reports = new StepReports(clock, async (progress) =>
      this.#learn(await recordProgress(job, progress, options)),
    );
  }

  begin({ stop, hurry }: StopSignals): void {
    const untilReleased = { once: true, signal: this.#released.signal };
    if (stop.aborted) void this.#leave();
    else stop.addEventListener("abort", () => void this.#leave(), untilReleased);
    hurry.addEventListener("abort", () => this.#abort("stopping"), untilReleased);
    const { heartbeatMs, lookMs } = this.#options;
    void this.#every(heartbeatMs, () => this.#beat());
    void this.#every(lookMs, () => this.#look());
    this.#looked = Promise.all([this.#look(), this.#hearWebhooks()]);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  reason = () => this.#reason;

  report = async (progress: JobProgress): Promise<void> => {
    await this.#looked;
    await this.#reports.report(progress);
  };

  done = () => this.#reports.done;

  release = () => this.#released.abort();

  #abort(why: "canceled" | "stopping" | "lost"): void {
    this.#reason ??= why;
    this.#controller.abort();
  }

  #learn(current: Job | undefined): void {
    this.#leaseUntil = current?.leaseUntil ?? this.#leaseUntil;
    if (current?.cancelRequestedAt !== undefined) this.#abort("canceled");
  }

  async #every(ms: number, act: () => Promise<void>): Promise<void> {
    const { signal } = this.#released;
    while (!signal.aborted) {
      await this.#options.clock.sleep(ms, signal);
      if (!signal.aborted) await act();
    }
  }

  async #beat(): Promise<void> {
    const { jobs, queue, clock, log, leaseMs } = this.#options;
    try {
      this.#learn(await jobs.heartbeat(this.#job, this.#reports.done));
      await queue.extend(this.#message.receipt, leaseMs);
    } catch (error) {
      if (isLeaseLost(error)) return this.#abort("lost");
      // Somebody received the message as well. The lease decides who draws, and it is ours.
      if (error instanceof StaleReceipt) return;
      log("warn", "heartbeat failed", { jobId: this.#job.id, error: String(error) });
      if (clock.now() >= this.#leaseUntil) this.#abort("lost");
    }
  }

  /** A look that fails costs a moment: heartbeats say when the store is gone for too long. */
  async #look(): Promise<void> {
    const { jobs } = this.#options;
    try {
      const { job, watchedUntil } = await jobs.look(this.#job);
      if (this.#released.signal.aborted) return;
      this.#learn(job);
      this.#reports.watched(watchedUntil);
      this.#isBlind = false;
    } catch (error) {
      if (this.#released.signal.aborted) return;
      if (isLeaseLost(error)) return this.#abort("lost");
      if (!this.#isBlind) this.#warn(error);
      this.#isBlind = true;
    }
  }

  /** Looks once for webhooks that want each step: one that is added later gets those of later jobs. */
  async #hearWebhooks(): Promise<void> {
    try {
      if (await this.#options.jobs.tellsProgress(this.#job)) this.#reports.watched(Number.POSITIVE_INFINITY);
    } catch (error) {
      this.#warn(error);
    }
  }

  #warn(error: unknown): void {
    this.#options.log("warn", "failed to look at a job", { jobId: this.#job.id, error: String(error) });
  }

  /** Go on only if the rest, at the pace so far, fits into the grace period. */
  async #leave(): Promise<void> {
    const { clock, graceMs } = this.#options;
    const { params } = this.#job;
    const done = this.#reports.done ?? { step: 0, total: params.n * stepsPerImage(params) };
    if (remainingMs(done, clock.now() - this.#startedAt) > graceMs) return this.#abort("stopping");
    await clock.sleep(graceMs, this.#released.signal);
    if (!this.#released.signal.aborted) this.#abort("stopping");
  }
}

/** How long the rest takes at the pace so far. */
function remainingMs({ step, total }: StepsDone, elapsedMs: number): number {
  const pace = step > 0 ? elapsedMs / step : Number.POSITIVE_INFINITY;
  return pace * (total - step);
}
