import { CanceledError, PipelineError } from "../../shared/errors.ts";
import type { Job } from "../../shared/job.ts";
import { parseJobMessage } from "../../shared/jobs/job-message.ts";
import { traceIdOf } from "../../shared/jobs/trace-context.ts";
import { type Queue, type QueueMessage, StaleReceipt } from "../../shared/ports/queue.ts";
import type { Log } from "../log.ts";
import type { ConsumeOptions } from "./consume-options.ts";
import { holdJob, isLeaseLost } from "./hold-job.ts";
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
 */

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
  while (!stop.aborted) {
    try {
      const [message] = await queue.receive({ max: 1, visibilityMs: leaseMs, waitMs, signal: stop });
      if (message) await handle(message, options, signals);
    } catch (error) {
      if (error instanceof BrokenWorker) throw error;
      // The message times out and comes back; what was not settled is claimed again then.
      log("error", "cannot reach the queue or the store; trying again", { error: String(error) });
      await clock.sleep(outagePauseMs, stop);
    }
  }
}

async function handle(message: QueueMessage, options: ConsumeOptions, signals: StopSignals): Promise<void> {
  const { queue, jobs, clock, log, workerId } = options;
  const parsed = parseJobMessage(message.body);
  if ("problem" in parsed) {
    log("error", "message makes no sense; moved to the dead letters", { problem: parsed.problem });
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

async function work(job: Job, message: QueueMessage, options: ConsumeOptions, signals: StopSignals): Promise<void> {
  const { queue, jobs } = options;
  const log = logOf(job, options);
  log("info", "job started", { attempt: job.attempt });
  const hold = holdJob(job, message, options, signals);
  try {
    const result = await runJob(job, options, hold.report, hold.signal);
    hold.release();
    await jobs.succeed(job, result);
    log("info", "job succeeded", { inferenceMs: result.inferenceMs });
  } catch (error) {
    hold.release();
    return settleFailure(error, hold.reason(), job, message, options);
  }
  // Outside: a queue that cannot be reached now is no failure of the job. The message comes back and finds the job over.
  await queue.delete(message.receipt);
}

/** The log, with what every line about this job has in common. */
function logOf({ id: jobId, traceparent }: Job, { log }: ConsumeOptions): Log {
  const traceId = traceIdOf(traceparent);
  const common = { jobId, traceId };
  return (level, message, fields) => log(level, message, { ...common, ...fields });
}

async function settleFailure(
  error: unknown,
  stopped: "canceled" | "stopping" | "lost" | undefined,
  job: Job,
  message: QueueMessage,
  options: ConsumeOptions,
): Promise<void> {
  const { queue, jobs } = options;
  const log = logOf(job, options);
  try {
    if (isLeaseLost(error) || stopped === "lost") {
      log("warn", "lease lost; the result is discarded", { attempt: job.attempt });
      return;
    }
    if (error instanceof CanceledError && stopped === "stopping") {
      await jobs.giveBack(job);
      log("info", "job given back");
      return await hide(queue, message, 0);
    }
    if (error instanceof CanceledError) {
      await jobs.cancel(job);
      log("info", "job cancelled");
      return await queue.delete(message.receipt);
    }
    if (error instanceof PipelineError && error.code === "device_lost") {
      await jobs.giveBack(job);
      log("error", "the GPU is gone; job given back", { error: error.message });
      await hide(queue, message, 0);
      throw new BrokenWorker(error);
    }
    const reason =
      error instanceof PipelineError
        ? { code: error.code, message: error.message, retryable: error.retryable }
        : { code: "internal_error", message: "the worker failed in a way it does not know", retryable: true };
    const after = await jobs.fail(job, reason);
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
  if (!(error instanceof PipelineError) || deadEngineCodes.has(error.code)) throw new BrokenWorker(error);
}

/** After these the engine's thread is gone, or in a state that nobody knows. */
const deadEngineCodes: ReadonlySet<string> = new Set(["engine_stopped", "engine_failed", "device_failed"]);

/** The job is settled, but a fresh process is the only safe place to go on: something happened that the code does not know, or the engine is gone. */
export class BrokenWorker extends Error {
  constructor(cause: unknown) {
    super("unexpected error while drawing", { cause });
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
