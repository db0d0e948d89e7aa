import { activePartition, lineKey } from "../../shared/fair-queue/waiting-line.ts";
import type { Lane } from "../../shared/job.ts";
import type { Items } from "../../shared/ports/items.ts";
import { countFeedable } from "../runs/count-feedable.ts";

const lanes: readonly Lane[] = ["interactive", "batch"];

/**
 * Jobs that wait in their accounts' lines, and rows of runs that will: the scaler must see them, the queue's depth does
 * not.
 */
export async function countWaiting(items: Items, now: number, secondsPerJob: number): Promise<number> {
  let waiting = await countFeedable(items, now, secondsPerJob);
  for (const lane of lanes) {
    const active = await items.query({ index: "main", partition: activePartition(lane), limit: 1000 });
    const lines = await Promise.all(active.items.map(({ sk }) => items.get(lineKey(sk, lane))));
    for (const line of lines) waiting += Number(line?.data.waiting ?? 0);
  }
  return waiting;
}
