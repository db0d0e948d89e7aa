import { type Items, ItemsConditionFailed } from "../../../shared/ports/items.ts";
import { atOnce } from "../../runs/at-once.ts";
import type { Run } from "../../runs/run.ts";
import { changeRemembered, type MemoryOwner } from "../run/image-memory.ts";
import type { ResultDependencies } from "../run/task-results.ts";
import { type Decision, decisionWrite } from "./decisions.ts";
import { type ReviewedResult, type ReviewState, reviewedResults } from "./reviewed-results.ts";

export interface DecisionWishes {
  /** Keys of tasks. @default those in `state` */
  readonly tasks?: readonly string[];
  readonly state?: ReviewState;
  readonly verdict: Decision["verdict"];
  readonly reason?: Decision["reason"];
  readonly note?: string;
}

const writesAtOnce = 100;
const changesAtOnce = 16;

/**
 * Records what its caller thinks of images. What is rejected is drawn again by the next run under the key.
 * @returns keys of the tasks that have an image and were meant
 */
export async function decide(
  run: Run,
  { tasks, state, verdict, reason, note }: DecisionWishes,
  dependencies: ResultDependencies & { readonly now: number },
): Promise<string[]> {
  const { items, now: at } = dependencies;
  const owner = { accountId: run.identity.accountId, runKey: run.catalogue!.order.runKey };
  const wanted = tasks && new Set(tasks);
  const found: ReviewedResult[] = [];
  for await (const result of reviewedResults(run, dependencies)) {
    if (result.review === undefined || result.jobId === undefined) continue;
    if (wanted?.has(result.task.key) ?? result.review.state === state) found.push(result);
  }
  const rejectedBefore = found.filter(({ review }) => review!.state === "rejected");
  // The memory first: a crash between the two leaves an image that is drawn again, not one that is forgotten.
  await remember(verdict === "rejected" ? found : rejectedBefore, verdict === "rejected", owner, items);
  for (let begin = 0; begin < found.length; begin += writesAtOnce) {
    const writes = found.slice(begin, begin + writesAtOnce).map(({ task, jobId }) => {
      const said = { reason, note };
      return decisionWrite(owner, { key: task.key, jobId: jobId!, verdict, ...said, at });
    });
    await items.write(writes);
  }
  return found.map(({ task }) => task.key);
}

async function remember(
  results: readonly ReviewedResult[],
  rejected: boolean,
  owner: MemoryOwner,
  items: Items,
): Promise<void> {
  await atOnce(results, changesAtOnce, async ({ task, jobId }) => {
    for (let race = 0; race < 3; race++) {
      try {
        // A newer image has taken its place: nothing is said about that one.
        return await changeRemembered(items, owner, task.key, (image) =>
          image.jobId === jobId ? { ...image, rejected } : undefined,
        );
      } catch (error) {
        if (!(error instanceof ItemsConditionFailed)) throw error;
      }
    }
  });
}
