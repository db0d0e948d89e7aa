import { ItemsConditionFailed } from "../../../shared/ports/items.ts";
import { faceOf } from "../faces.ts";
import { type FeedDependencies, feedRun } from "../feed-run.ts";
import { type Run, type Step, stepOf } from "../run.ts";
import type { FaceDependencies } from "../run-face.ts";
import { pausedAgain } from "../run-rules.ts";
import { findRun } from "../run-store.ts";
import { Turn, TurnLost } from "./turn.ts";

export type StepDependencies = FeedDependencies & FaceDependencies;

/** The wish that a run's step be taken: carried by a queue, or by a loop. */
export interface StepMessage {
  readonly runId: string;
  readonly step: Step;
}

export interface NextStep extends StepMessage {
  readonly delayMs: number;
}

/** A message may come so much before its time: clocks differ, and queues count whole seconds. */
const earlyMs = 1_000;

/**
 * Take a run's step, if it is due. The run's own item says which step that is and when: a message that comes twice,
 * late, or for a step that is over does nothing and is not followed by another, so duplicates die out.
 *
 * @throws what the store throws when it cannot even be told of a failure: the run is due again after a while
 * @returns the step that follows, for its message; and rows that were moved
 */
export async function takeStep(
  { runId, step }: StepMessage,
  dependencies: StepDependencies,
): Promise<{ readonly next?: NextStep; readonly moved: number }> {
  const { items, clock } = dependencies;
  const stored = await findRun(items, runId);
  const now = clock.now();
  const isDue = stored !== undefined && stepOf(stored.run) === step && stored.run.nextAt <= now + earlyMs;
  if (!isDue || (stored.run.workingUntil ?? 0) > now) return { moved: 0 };
  const turn = new Turn(stored, dependencies);
  try {
    const moved = await stepFunction(step, turn.run)(turn, dependencies);
    const following = stepOf(turn.run);
    if (following === undefined) return { moved };
    return { moved, next: { runId, step: following, delayMs: Math.max(0, turn.run.nextAt - clock.now()) } };
  } catch (error) {
    // Whoever has the turn now sees to what follows.
    if (error instanceof TurnLost || error instanceof ItemsConditionFailed) return { moved: 0 };
    dependencies.log("error", "a step of a run failed", { runId, step, error: String(error) });
    await turn.end((run) => pausedRun(run, clock.now()));
    return { moved: 0, next: { runId, step, delayMs: Math.max(0, turn.run.nextAt - clock.now()) } };
  }
}

function stepFunction(step: Step, run: Run): (turn: Turn, dependencies: StepDependencies) => Promise<number> {
  return step === "feed" ? feedRun : faceOf(run)[step];
}

/** The run after a step that failed as a whole: it is tried again after a while. */
function pausedRun(run: Run, now: number) {
  const reason = { code: "service_unavailable", message: "a part of the service did not respond" };
  const paused = pausedAgain(run.paused, reason, now);
  return { paused, nextAt: paused.checkAt, status: run.status === "running" ? "paused" : run.status };
}
