import type { Run } from "../../runs/run.ts";
import type { FaceDependencies } from "../../runs/run-face.ts";
import { endOf } from "../../runs/run-rules.ts";
import type { Turn } from "../../runs/steps/turn.ts";
import { nearDuplicates } from "../checks/near-duplicates.ts";
import { unevenFill } from "../checks/uneven-fill.ts";
import { reviewedResults } from "../review/reviewed-results.ts";
import { changed } from "./catalogue-state.ts";
import { addKnownSkus } from "./known-skus.ts";
import { storeCompared } from "./run-files.ts";
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
  const { images, skus } = await measuredImages(turn.run, dependencies);
  await storeCompared(turn.run, "near-duplicates", nearDuplicates(images), objects);
  if (turn.run.catalogue!.order.consistentScale) {
    await storeCompared(turn.run, "uneven-fill", unevenFill(images), objects);
  }
  const { accountId } = turn.run.identity;
  await addKnownSkus({ accountId, runKey: turn.run.catalogue!.order.runKey }, skus, objects);
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

/** The first image of each task, by its hash and its fill, some hundred bytes each; and the products that have any. */
async function measuredImages(run: Run, dependencies: ResultDependencies) {
  const images = [];
  const skus = new Set<string>();
  for await (const { task, files } of taskResults(run, dependencies)) {
    const { key, sku, shot, category = "" } = task;
    if (files.length > 0) skus.add(sku);
    const checks = files[0]?.checks;
    if (checks === undefined) continue;
    images.push({ key, sku, dhash: checks.dhash, fill: checks.fill, group: JSON.stringify([shot, category]) });
  }
  return { images, skus };
}
