import type { Items } from "../../../shared/ports/items.ts";
import type { Queue } from "../../../shared/ports/queue.ts";
import { stepOf } from "../run.ts";
import { dueRuns } from "../run-store.ts";
import { stepMessage } from "./wake-run.ts";

/** A step this late has lost its message, or whoever was taking it. */
const lateMs = 30_000;

/**
 * Sends the message of every step that is late: one that was not sent, or whose function died. One too many does no
 * harm. @returns how many were sent
 */
export async function repairRuns(
  items: Items,
  { runSteps, now }: { readonly runSteps: Pick<Queue, "send">; readonly now: number },
): Promise<number> {
  const late = await dueRuns(items, now - lateMs);
  for (const run of late) await runSteps.send(stepMessage({ runId: run.id, step: stepOf(run)! }));
  return late.length;
}
