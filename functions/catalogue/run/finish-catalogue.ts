import type { Run } from "../../runs/run.ts";
import type { FaceDependencies } from "../../runs/run-face.ts";
import { endOf } from "../../runs/run-rules.ts";
import type { Turn } from "../../runs/steps/turn.ts";
import { nearDuplicates } from "../checks/near-duplicates.ts";
import { reviewedResults } from "../review/reviewed-results.ts";
import { changed } from "./catalogue-state.ts";
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
  const toReview = await imagesToReview(turn.run, dependencies);
  const now = clock.now();
  await turn.end((run) => {
    const hasFailed = run.total > 0 && run.completed === 0 && run.cancelledAt === undefined;
    return {
      ...changed(run, { toReview }),
      paused: undefined,
      status: hasFailed ? "failed" : endOf(run),
      finishedAt: now,
      nextAt: now,
    };
  });
  return turn.run.total;
}

/** With what is known of all images, such as which look alike. */
async function imagesToReview(run: Run, dependencies: ResultDependencies): Promise<number> {
  let count = 0;
  for await (const { review } of reviewedResults(run, dependencies)) if (review?.state === "needs_review") count++;
  return count;
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
