import type { Clock } from "../../shared/ports/clock.ts";
import type { Item, Items } from "../../shared/ports/items.ts";
import { forEachDue } from "../../shared/ports/set-aside.ts";
import { type ForgetPorts, forgetJob } from "../../shared/unstored/forget-job.ts";
import { doneForgettingWrite, unstoredDue } from "../../shared/unstored/forgotten-job.ts";

interface SweepUnstoredPorts extends ForgetPorts {
  readonly items: Items;
  readonly clock: Pick<Clock, "now">;
}

/**
 * Forgets jobs with `store: false` whose response nobody took within an hour of their end, and those whose objects
 * could not be deleted when it was.
 * @param limit - most due jobs
 * @returns how many
 */
export async function sweepUnstored({ clock, ...ports }: SweepUnstoredPorts, limit = 100): Promise<number> {
  const { items } = ports;
  const due = await items.query({ index: "due", partition: unstoredDue, to: clock.now(), limit });
  const work = { kind: "unstored", rows: due.items, idOf: ({ data }: Item) => String(data.jobId) };
  const failed = await forEachDue({ items, clock }, work, async ({ data }) => {
    await forgetJob(String(data.jobId), ports);
    // Where there is no such job any more, nobody else takes the row away.
    await items.write([doneForgettingWrite(String(data.jobId))]);
  });
  return due.items.length - failed;
}
