import { ConflictError, LimitError } from "../../shared/errors.ts";
import type { RouteDependencies } from "../api/dependencies.ts";
import type { Run } from "./run.ts";
import { readRun } from "./run-store.ts";
import { Turn, TurnLost } from "./steps/turn.ts";

/** A step gives the run back within seconds; one that reads a file takes longer, and its caller waits outside. */
const attempts = 50;
const everyMs = 200;

/**
 * The turn of a run for its caller, between two steps: what is written meanwhile is written once, and no step sees half
 * of it. To be ended with `Turn.end`; a process that dies before leaves the run alone for a minute.
 * @param allowed - refuses runs in a state that the change is not for
 * @throws NotFoundError; LimitError `run_busy`; whatever `allowed` throws
 */
export async function holdRun(
  { accountId, id }: { readonly accountId: string; readonly id: string },
  allowed: (run: Run) => void,
  { items, clock }: Pick<RouteDependencies, "items" | "clock">,
): Promise<Turn> {
  for (let attempt = 1; ; attempt++) {
    const stored = await readRun(items, accountId, id, "catalogue");
    allowed(stored.run);
    if ((stored.run.workingUntil ?? 0) <= clock.now()) {
      const turn = new Turn(stored, { items, clock });
      try {
        await turn.keep();
        return turn;
      } catch (error) {
        // A step began at the same moment.
        if (!(error instanceof TurnLost)) throw error;
      }
    }
    if (attempt === attempts) {
      throw new LimitError("run_busy", `a step of run ${id} is being taken; try again`, 5);
    }
    await clock.sleep(everyMs);
  }
}

/** @throws ConflictError `run_state` unless the run is in one of these */
export function inState(...states: readonly Run["status"][]): (run: Run) => void {
  return ({ id, status }) => {
    if (states.includes(status)) return;
    throw new ConflictError("run_state", `run ${id} is ${status}; this is possible while it is ${states.join(", ")}`);
  };
}
