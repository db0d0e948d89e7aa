import { CanceledError, InvalidInputError, PipelineError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import { traceIdOf } from "../../shared/jobs/trace-context.ts";
import { type Queue, type QueueMessage, StaleReceipt } from "../../shared/ports/queue.ts";
import { isDiskFull } from "../../shared/process/disk-full.ts";
import type { Log } from "../../shared/process/log.ts";
import { drawFirstImage } from "../engine/first-image.ts";
import { attemptSpans } from "./attempt-spans.ts";
import type { ConsumeOptions } from "./consume-options.ts";
import { type Hold, holdJob } from "./hold-job.ts";
import { isLeaseLost } from "./record-progress.ts";
import { runJob } from "./run-job.ts";
import type { StopSignals } from "./stop-signals.ts";

/*
 * The acknowledgement rule. A message is deleted only after its job is settled in the store:
 *
 *   job settled (succeeded, failed, cancelled)        delete
 *   job over before we came                           delete
 *   attempt failed, another may help                  hand back after a pause
 *   we must stop, or our GPU is gone                  give the job back, hand the message back at once
 *   another worker holds the job                      hide until its lease ends
 *   no job, no sense, or failures used up             dead letter, with the reason
 *   lease lost while drawing                          nothing: whoever took the job has a message of its own
 *   process killed                                    nothing: message and lease time out by themselves
 *
 * A failed attempt ends the process only when the runtime is broken: the device or the engine's thread is gone, memory
 * ran out in two attempts in a row, or after an error that the engine does not know it cannot draw a small image any
 * more.
 */

/** What the attempts so far say of this process. */
interface Health {
  /** Attempts in a row that ran out of memory. */
  outOfMemory: number;
}

interface Consumption extends ConsumeOptions {
  readonly health: Health;
}

/** Long-poll length. Short enough to notice a stop soon where the driver cannot be interrupted. */
const waitMs = 20_000;
/** Pause before a failed attempt is handed back, per failure. */
const retryPauseMs = 1_000;
/** Pause after the queue or the store could not be reached. */
const outagePauseMs = 2_000;

/** Take jobs one at a time until `stop` aborts; returns when the last one is settled or given back. */
export async function consumeJobs(options: ConsumeOptions, signals: StopSignals): Promise<void> {
  const { queue, clock, log, leaseMs } = options;
  const { stop } = signals;
  const health: Health = { outOfMemory: 0 };
  while (!stop.aborted) {
    try {
      const [message] = await queue.receive({ max: 1, visibilityMs: leaseMs, waitMs, signal: stop });
      if (message) await handle(message, { ...options, health }, signals);
    } catch (error) {
      if (error instanceof BrokenWorker) throw error;
      // The message times out and comes back; what was not settled is claimed again then.
      log("error", "cannot reach the queue or the store; trying again", { error: String(error) });
      await clock.sleep(outagePauseMs, stop);
    }
  }
}

async function handle(message: QueueMessage, options: Consumption, signals: StopSignals): Promise<void> {
  const { queue, jobs, clock, log, workerId } = options;
  const parsed = parseJobMessage(message.body);
  if ("problem" in parsed) {
    log("error", "malformed message moved to the dead-letter queue", { problem: parsed.problem });
    return queue.deadLetter(message, parsed.problem);
  }
  const claim = await jobs.claim(parsed.jobId, workerId);
  switch (claim.outcome) {
    case "unknown":
      return queue.deadLetter(message, `there is no job ${parsed.jobId}`);
    case "over":
      return queue.delete(message.receipt);
    case "exhausted":
      return queue.deadLetter(message, claim.job.error?.code ?? "failed");
    case "held":
      return hide(queue, message, Math.max(claim.leaseUntil - clock.now(), 0) + 1_000);
    case "claimed":
      return work(claim.job, message, options, signals);
  }
}

async function work(job: Job, message: QueueMessage, options: Consumption, signals: StopSignals): Promise<void> {
  const { queue, jobs } = options;
  const log = logOf(job, options);
  log("info", "job started", { attempt: job.attempt });
  const hold = holdJob(job, message, options, signals);
  try {
    const result = await runJob(job, options, hold.report, hold.signal);
    hold.release();
    options.health.outOfMemory = 0;
    await jobs.succeed(job, { ...result, madeBy: await options.madeBy?.() }, hold.done());
    log("info", "job succeeded", { inferenceMs: result.inferenceMs });
    recordAttempt(job, options, result.inferenceMs);
  } catch (error) {
    hold.release();
    recordAttempt(job, options, undefined, error);
    await settleFailure(error, hold, job, message, options);
    return requireWorking(error, options, signals);
  }
  // Outside: a queue that cannot be reached now is no failure of the job. The message comes back and finds the job
  // over.
  await queue.delete(message.receipt);
}

function recordAttempt(job: Job, options: Consumption, inferenceMs: number | undefined, error?: unknown): void {
  const { spans, clock, workerId, engine } = options;
  if (spans === undefined) return;
  const drawn = { endMs: clock.now(), workerId, model: engine.model.id, inferenceMs, error };
  for (const span of attemptSpans(job, drawn)) spans.record(span);
}

/** The log, with what every line about this job has in common. */
function logOf({ id: jobId, traceparent }: Job, { log }: ConsumeOptions): Log {
  const traceId = traceIdOf(traceparent);
  const common = { jobId, traceId };
  return (level, message, fields) => log(level, message, { ...common, ...fields });
}

async function settleFailure(
  error: unknown,
  hold: Hold,
  job: Job,
  message: QueueMessage,
  options: Consumption,
): Promise<void> {
  const { queue, jobs, health } = options;
  const log = logOf(job, options);
  const [stopped, done] = [hold.reason(), hold.done()];
  const code = error instanceof PipelineError ? error.code : undefined;
  if (code !== "canceled") health.outOfMemory = code === "out_of_memory" ? health.outOfMemory + 1 : 0;
  try {
    if (isLeaseLost(error) || stopped === "lost") {
      log("warn", "lease lost; the result is discarded", { attempt: job.attempt });
      return;
    }
    if (error instanceof CanceledError && stopped === "stopping") {
      await jobs.giveBack(job, done);
      log("info", "job returned to the queue");
      return await hide(queue, message, 0);
    }
    if (error instanceof CanceledError) {
      await jobs.cancel(job, done);
      log("info", "job cancelled");
      return await queue.delete(message.receipt);
    }
    if (error instanceof PipelineError && error.code === "device_lost") {
      await jobs.giveBack(job, done);
      log("error", "GPU lost; job returned to the queue", { error: error.message });
      await hide(queue, message, 0);
      throw new BrokenWorker(error);
    }
    const isFull = isDiskFull(error);
    const known = error instanceof PipelineError && !isFull;
    const reason = {
      code: isFull ? "storage_full" : known ? error.code : "internal_error",
      message: isFull ? diskFullMessage : known ? error.message : "the worker failed in a way it does not know",
      retryable: known ? error.retryable : true,
      callersFault: error instanceof InvalidInputError,
      madeBy: await options.madeBy?.(),
      brokeWorker: isBroken(error, health) || (known && strainingCodes.has(error.code)),
    };
    const after = await jobs.fail(job, reason, done);
    log("error", "attempt failed", {
      attempt: job.attempt,
      failures: after.failures,
      error: String(error),
    });
    if (after.status === "queued") await hide(queue, message, retryPauseMs * after.failures);
    else if (reason.retryable) await queue.deadLetter(message, reason.code);
    else await queue.delete(message.receipt);
  } catch (settling) {
    if (!isLeaseLost(settling)) throw settling;
    log("warn", "lease lost; the result is discarded", { attempt: job.attempt });
  }
}

const diskFullMessage = "the disk of this service is full, so that the images could not be stored";

/** After these the worker may go on, and a second one of the same job might end it. */
const strainingCodes: ReadonlySet<string> = new Set(["engine_failed", "out_of_memory"]);

/** After these the engine's thread is gone, or its device in a state that nobody knows. */
const brokenCodes: ReadonlySet<string> = new Set(["engine_stopped", "device_failed"]);
/**
 * Attempts in a row that may run out of memory: the first may have asked for too much, after the second something holds
 * on to it.
 */
const maxOutOfMemory = 2;

function isBroken(error: unknown, { outOfMemory }: Health): boolean {
  return outOfMemory >= maxOutOfMemory || (error instanceof PipelineError && brokenCodes.has(error.code));
}

/**
 * The job is settled by now.
 * @throws BrokenWorker when this process cannot go on; after an error that nobody foresaw, the engine shows that it can
 */
async function requireWorking(error: unknown, options: Consumption, { hurry }: StopSignals): Promise<void> {
  const { engine, log, health } = options;
  if (isLeaseLost(error) || isDiskFull(error)) return;
  if (isBroken(error, health)) throw new BrokenWorker(error);
  if (error instanceof PipelineError && error.code !== "engine_failed") return;
  log("warn", "unexpected error while drawing; trying the engine with a small image", { error: String(error) });
  try {
    await drawFirstImage(engine, hurry);
  } catch (cause) {
    // The worker was told to stop meanwhile: this says nothing about the engine.
    if (cause instanceof PipelineError && cause.code === "canceled") return;
    throw new BrokenWorker(error);
  }
}

/** The job is settled, but a fresh process is the only safe place to go on: the engine is gone, or draws no longer. */
class BrokenWorker extends Error {
  constructor(cause: unknown) {
    super("the worker cannot draw any more", { cause });
    this.name = "BrokenWorker";
  }
}

/** Others may have received it since: then it is theirs, and nothing is to be done. */
async function hide(queue: Queue, message: QueueMessage, ms: number): Promise<void> {
  try {
    await queue.extend(message.receipt, ms);
  } catch (error) {
    if (!(error instanceof StaleReceipt)) throw error;
  }
}
