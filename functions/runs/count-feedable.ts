import type { Items } from "../../shared/ports/items.ts";
import type { Run } from "./run.ts";
import { maxWindow, mayGoOn } from "./run-rules.ts";
import { unfinishedRuns } from "./run-store.ts";

/** Time from asking for another machine until it draws; rows fed in that time need it. */
const machineUpS = 240;
/** Longest time between two passes over a run; its window is refilled only then. */
const passS = 5;

/**
 * Rows of unfinished runs that are no jobs yet and can be by the time a machine that is asked for now is up: the rest
 * of a file needs no machine yet, and a paused run none at all.
 * @param secondsPerJob - as the workers report it
 */
export async function countFeedable(items: Items, now: number, secondsPerJob: number): Promise<number> {
  const runs = await unfinishedRuns(items);
  return runs.reduce((rows, run) => rows + feedable(run, now, secondsPerJob), 0);
}

function feedable(run: Run, now: number, secondsPerJob: number): number {
  if (run.status !== "running" || !mayGoOn(run, now)) return 0;
  const { limits, terms } = run.identity;
  const window = Math.min(maxWindow, limits?.maxOpenJobs ?? maxWindow, terms.maxOpenJobs ?? maxWindow);
  const windowsUntilUp = machineUpS / (passS + secondsPerJob);
  return Math.min(run.total - run.next, Math.ceil(window * Math.max(1, windowsUntilUp)));
}
