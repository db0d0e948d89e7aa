import type { Clock } from "../../shared/ports/clock.ts";
import { queryDue } from "../../shared/ports/due-shards.ts";
import type { Item, Items } from "../../shared/ports/items.ts";
import { forEachDue } from "../../shared/ports/set-aside.ts";
import { deliveriesDue, laneWrite, toldDue } from "../../shared/webhooks/webhook-outbox.ts";

/**
 * Puts rows into the lanes of their accounts whose first attempt should be over and is not: the notice that named them
 * was lost, or its dispatcher died.
 *
 * @param limit - rows of one call
 * @returns how many
 */
export async function takeOverTold(
  { items, clock }: { readonly items: Items; readonly clock: Pick<Clock, "now"> },
  limit = 100,
): Promise<number> {
  const now = clock.now();
  const rows = await queryDue(items, toldDue, { to: now, limit });
  let taken = 0;
  await forEachDue({ items, clock }, { kind: "told delivery", rows, idOf: ({ pk }: Item) => pk }, async (row) => {
    const { version, ...put } = row;
    const { accountId } = row.data;
    if (typeof accountId !== "string") throw new Error(`item ${row.pk} is no webhook message: it has no accountId`);
    const moved = { ...put, duePk: deliveriesDue(accountId) };
    await items.write([{ put: moved, if: { version } }, laneWrite(accountId, now)]);
    taken++;
  });
  return taken;
}
