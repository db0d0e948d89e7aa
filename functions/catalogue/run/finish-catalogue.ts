import type { Run } from "../../runs/run.ts";
import type { FaceDependencies } from "../../runs/run-face.ts";
import { endOf } from "../../runs/run-rules.ts";
import type { Turn } from "../../runs/steps/turn.ts";
import { nearDuplicates } from "../checks/near-duplicates.ts";
import { storeNearDuplicates } from "./run-files.ts";
import { type ResultDependencies, taskResults } from "./task-results.ts";

/**
 * The last step. What a catalogue run hands back is made from its tasks and rows whenever it is asked for, so nothing
 * has to be written but what takes all of them: which images look alike. A run that drew nothing of what it was to draw
 * has failed.
 */
export async function finishCatalogue(
  turn: Turn,
  dependencies: Pick<FaceDependencies, "clock" | "items" | "objects">,
): Promise<number> {
  const { clock, objects } = dependencies;
  await storeNearDuplicates(turn.run, nearDuplicates(await hashedImages(turn.run, dependencies)), objects);
  const now = clock.now();
  await turn.end((run) => {
    const hasFailed = run.total > 0 && run.completed === 0 && run.cancelledAt === undefined;
    return { ...run, paused: undefined, status: hasFailed ? "failed" : endOf(run), finishedAt: now, nextAt: now };
  });
  return turn.run.total;
}

/** The first image of each task, by its hash: some hundred bytes each. */
async function hashedImages(run: Run, dependencies: ResultDependencies) {
  const images = [];
  for await (const { task, files } of taskResults(run, dependencies)) {
    const dhash = files[0]?.checks?.dhash;
    if (dhash !== undefined) images.push({ key: task.key, sku: task.sku, dhash });
  }
  return images;
}
