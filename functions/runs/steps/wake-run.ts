import type { RouteDependencies } from "../../api/dependencies.ts";
import { type Run, type Step, stepOf } from "../run.ts";
import type { StepMessage } from "./take-step.ts";

const messageVersion = 1;

/** The message that carries the wish for a step. */
export function stepMessage({ runId, step }: StepMessage): string {
  return JSON.stringify({ v: messageVersion, runId, step });
}

/** `undefined` where it is no message of ours. */
export function parseStepMessage(text: string): StepMessage | undefined {
  try {
    const { v, runId, step } = JSON.parse(text) as { v?: unknown; runId?: unknown; step?: unknown };
    const isKnown = v === messageVersion && typeof runId === "string" && isStep(step);
    return isKnown ? { runId, step } : undefined;
  } catch {
    return undefined;
  }
}

function isStep(text: unknown): text is Step {
  return text === "import" || text === "feed" || text === "finish";
}

/**
 * Say that a run has a step to take now. It is recorded already that it is due, so a message that cannot be sent costs
 * time and nothing else: the tick looks for such runs.
 */
export async function wakeRun(run: Run, { runSteps, log }: Pick<RouteDependencies, "runSteps" | "log">): Promise<void> {
  const step = stepOf(run);
  if (runSteps === undefined || step === undefined) return;
  try {
    await runSteps.send(stepMessage({ runId: run.id, step }));
  } catch (error) {
    log("warn", "failed to send the step of a run; the tick will send it", { runId: run.id, error: String(error) });
  }
}
