import { ConflictError } from "../../shared/errors.ts";
import { ItemsConditionFailed } from "../../shared/ports/items.ts";
import type { RouteDependencies } from "../api/dependencies.ts";
import { isOver, type Run } from "./run.ts";
import { runEventWrites } from "./run-events.ts";
import { pausedUntilTold } from "./run-rules.ts";
import { endWrites, readRun, runWrite } from "./run-store.ts";
import { wakeRun } from "./steps/wake-run.ts";

/** The run after its caller's wish; nothing where that changes nothing. */
export type Change = (run: Run, now: number) => Run | undefined;

export const canceled: Change = (run, now) => {
  const { status, workingUntil, ...rest } = run;
  // None of its rows has begun.
  if (status === "ready") return { ...rest, status: "canceled", cancelledAt: now, finishedAt: now, nextAt: now };
  if (status !== "importing" && status !== "running" && status !== "paused") return undefined;
  // An import that is under way finds that its turn is over; a feeder records first what it has begun.
  const held = status === "importing" ? {} : { workingUntil };
  return { ...rest, ...held, status: "canceling", paused: undefined, cancelledAt: now, nextAt: now };
};

/** Micro-units that a run may cost; `null` without limit, `undefined` as it was. */
type CostLimit = number | null | undefined;

/** What was counted against a run before is forgotten: the same count would pause it again after one row. */
export function resumed(maxCost?: CostLimit): Change {
  return (run, now) => {
    const { paused, catalogue } = run;
    if (paused === undefined) return undefined;
    const forgiven = catalogue && { catalogue: { ...limited(catalogue, maxCost), outcomes: [] } };
    return { ...run, ...forgiven, paused: { ...paused, checkAt: now }, nextAt: now };
  };
}

function limited(catalogue: NonNullable<Run["catalogue"]>, maxCost: CostLimit): NonNullable<Run["catalogue"]> {
  if (maxCost === undefined) return catalogue;
  return { ...catalogue, order: { ...catalogue.order, maxCost: maxCost ?? undefined } };
}

/** @throws ConflictError `warnings_not_accepted` */
export function started({ acceptWarnings, maxCost }: { acceptWarnings: boolean; maxCost?: CostLimit }): Change {
  return (run, now) => {
    if (run.status !== "ready") return undefined;
    if (run.catalogue?.needsAcceptance && !acceptWarnings) {
      throw new ConflictError(
        "warnings_not_accepted",
        `many rows of the file do not fit its header: read /v1/runs/${run.id}/report, then start with accept_warnings`,
      );
    }
    const catalogue = run.catalogue && limited(run.catalogue, maxCost);
    return { ...run, catalogue, status: "running", beganAt: now, nextAt: now };
  };
}

/** No further row is begun; jobs under way go on. */
export const paused: Change = (run, now) => {
  const reason = { code: "paused_by_caller", message: "paused by its caller; resume it to go on" };
  return run.status === "running" ? { ...run, status: "paused", paused: pausedUntilTold(reason, now) } : undefined;
};

/** Writes the wish down, whatever else changes the run at the moment. @returns the run as it is then */
export async function changeRun(
  { accountId, id, face }: { readonly accountId: string; readonly id: string; readonly face: Run["face"] },
  change: Change,
  dependencies: Pick<RouteDependencies, "items" | "clock" | "runSteps" | "log">,
): Promise<Run> {
  const { items, clock } = dependencies;
  for (;;) {
    const { run, version } = await readRun(items, accountId, id, face);
    const changed = change(run, clock.now());
    if (changed === undefined) return run;
    try {
      const told = await runEventWrites(items, { before: run, after: changed, version }, clock.now());
      await items.write([...(isOver(changed) ? endWrites(changed, version) : [runWrite(changed, version)]), ...told]);
      await wakeRun(changed, dependencies);
      return changed;
    } catch (error) {
      // The feeder changed it at the same moment: read it again.
      if (!(error instanceof ItemsConditionFailed)) throw error;
    }
  }
}
