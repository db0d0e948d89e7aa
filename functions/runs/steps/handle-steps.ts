import type { Clock } from "../../../shared/ports/clock.ts";
import type { Queue } from "../../../shared/ports/queue.ts";
import { maxDelayMs } from "../../../shared/ports/queue-rules.ts";
import type { Log } from "../../../shared/process/log.ts";
import type { NextStep, StepMessage } from "./take-step.ts";
import { parseStepMessage, stepMessage } from "./wake-run.ts";

/** The part of Lambda's SQS event that is read. */
export interface StepEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

export interface StepResult {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export interface HandleDependencies {
  readonly runSteps: Pick<Queue, "send">;
  readonly clock: Pick<Clock, "now">;
  readonly log: Log;
  readonly takeStep: (message: StepMessage) => Promise<{ readonly next?: NextStep; readonly moved: number }>;
}

/**
 * Take the steps that messages ask for, and send the messages of those that follow. One that cannot be read is handed
 * back, and ends in the dead-letter queue; one whose step fails is not: the run's item says when it is due again, and
 * the tick looks for such runs.
 */
export async function handleSteps(
  { Records }: StepEvent,
  { runSteps, clock, log, takeStep }: HandleDependencies,
): Promise<StepResult> {
  const unreadable: { readonly itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    const message = parseStepMessage(body);
    if (message === undefined) {
      log("error", "unreadable message in the queue of runs", { messageId });
      unreadable.push({ itemIdentifier: messageId });
      continue;
    }
    const { runId, step } = message;
    const began = clock.now();
    try {
      const { next, moved } = await takeStep(message);
      log("info", "step of a run", { runId, step, moved, ms: clock.now() - began });
      if (next) await runSteps.send(stepMessage(next), { delayMs: Math.min(maxDelayMs, next.delayMs) });
    } catch (error) {
      log("error", "failed to take a step of a run", { runId, step, error: String(error) });
    }
  }
  return { batchItemFailures: unreadable };
}
