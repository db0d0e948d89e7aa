import { countWorkers, meanSecondsPerJob } from "../../shared/fair-queue/worker-reports.ts";
import type { Items } from "../../shared/ports/items.ts";

/** Jobs that all workers together draw in a minute, as they report it; 0 where none has drawn lately. */
export async function drawnPerMinute(items: Items, now: number): Promise<number> {
  const [workers, seconds] = await Promise.all([countWorkers(items, now), meanSecondsPerJob(items, now)]);
  return seconds === undefined ? 0 : (workers * 60) / seconds;
}
