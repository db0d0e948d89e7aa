import type { Job } from "../../shared/job.ts";
import { type QueueMessage, StaleReceipt } from "../../shared/ports/queue.ts";
import { stepsPerImage } from "../../shared/request/drawing-passes.ts";
import type { ConsumeOptions } from "./consume-options.ts";
import { isLeaseLost, recordProgress } from "./record-progress.ts";
import type { JobProgress } from "./run-job.ts";
import type { StopSignals } from "./stop-signals.ts";

export interface Hold {
  /** Aborts when the drawing must stop; `reason()` then says why. */
  readonly signal: AbortSignal;
  reason(): "canceled" | "stopping" | "lost" | undefined;
  readonly report: (progress: JobProgress) => Promise<void>;
  /** Ends heartbeats and timers. */
  release(): void;
}

/**
 * Keeps a claimed job ours while it is drawn: renews lease and message, writes progress, and learns of everything that
 * must stop the drawing (a cancel, a lost lease, a worker that has to go).
 */
export function holdJob(job: Job, message: QueueMessage, options: ConsumeOptions, { stop, hurry }: StopSignals): Hold {
  const { jobs, queue, clock, log, leaseMs, heartbeatMs, graceMs } = options;
  const controller = new AbortController();
  const released = new AbortController();
  const startedAt = clock.now();
  let reason: ReturnType<Hold["reason"]>;
  let leaseUntil = startedAt + leaseMs;
  /** The last thing told, while it is on its way to the store. */
  let telling: Promise<void> = Promise.resolve();
  let lastProgress: Pick<JobProgress, "step" | "total"> = { step: 0, total: job.params.n * stepsPerImage(job.params) };

  function abort(why: "canceled" | "stopping" | "lost") {
    reason ??= why;
    controller.abort();
  }

  function learn(current: Job | undefined) {
    leaseUntil = current?.leaseUntil ?? leaseUntil;
    if (current?.cancelRequestedAt !== undefined) abort("canceled");
  }

  /** @throws LeaseLost */
  const tell = async (progress: JobProgress) => learn(await recordProgress(job, progress, options));

  async function beat() {
    while (!released.signal.aborted) {
      await clock.sleep(heartbeatMs, released.signal);
      if (released.signal.aborted) return;
      try {
        learn(await jobs.heartbeat(job));
        await queue.extend(message.receipt, leaseMs);
      } catch (error) {
        if (isLeaseLost(error)) return abort("lost");
        // Somebody received the message as well. The lease decides who draws, and it is ours.
        if (error instanceof StaleReceipt) continue;
        log("warn", "heartbeat failed", { jobId: job.id, error: String(error) });
        if (clock.now() >= leaseUntil) return abort("lost");
      }
    }
  }

  /** Go on only if the rest, at the pace so far, fits into the grace period. */
  async function leave() {
    if (remainingMs(lastProgress, clock.now() - startedAt) > graceMs) return abort("stopping");
    await clock.sleep(graceMs, released.signal);
    if (!released.signal.aborted) abort("stopping");
  }

  const untilReleased = { once: true, signal: released.signal };
  if (stop.aborted) void leave();
  else stop.addEventListener("abort", () => void leave(), untilReleased);
  hurry.addEventListener("abort", () => abort("stopping"), untilReleased);
  void beat();

  return {
    signal: controller.signal,
    reason: () => reason,
    async report(progress) {
      lastProgress = progress;
      await telling;
      telling = tell(progress);
      telling.catch(() => {}); // heard by the next report
      // The store works while the next step is drawn; only an image's end waits for it.
      if (progress.event.type !== "step") await telling;
    },
    release: () => released.abort(),
  };
}

/** How long the rest takes at the pace so far. */
function remainingMs({ step, total }: Pick<JobProgress, "step" | "total">, elapsedMs: number): number {
  const pace = step > 0 ? elapsedMs / step : Number.POSITIVE_INFINITY;
  return pace * (total - step);
}
