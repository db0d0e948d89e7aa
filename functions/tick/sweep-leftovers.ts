import { leftoversDue, leftoversGraceMs } from "../../shared/jobs/leftovers.ts";
import type { Item, Items } from "../../shared/ports/items.ts";
import { forEachDue } from "../../shared/ports/set-aside.ts";
import { type SweepObjectsPorts, sweepPrefix } from "./sweep-objects.ts";

/**
 * Deletes the orphaned images of unsuccessful attempts, for jobs that were noted for it when they ended
 * (`shared/jobs/leftovers.ts`).
 *
 * @param limit - most due jobs to check
 * @returns how many images were deleted
 */
export async function sweepLeftovers(
  { items, ...ports }: SweepObjectsPorts & { readonly items: Items },
  limit = 100,
): Promise<number> {
  const now = ports.clock.now();
  const due = await items.query({ index: "due", partition: leftoversDue, to: now, limit });
  let deleted = 0;
  const work = { kind: "leftovers", rows: due.items, idOf: ({ data }: Item) => String(data.jobId) };
  await forEachDue({ items, clock: ports.clock }, work, async ({ version: _, ...row }) => {
    const swept = await sweepPrefix(`o/${row.data.jobId}/`, ports, leftoversGraceMs);
    deleted += swept.deleted;
    if (swept.failures.length > 0) throw swept.failures[0];
    // A worker that lost the job without knowing it may still have stored the young images: check again later.
    await items.write([swept.young > 0 ? { put: { ...row, dueAt: now + leftoversGraceMs } } : { delete: row }]);
  });
  return deleted;
}
