import type { Job } from "../job.ts";
import { accountPartition } from "../money/ledger.ts";
import { dayOf, ownerOf, rollupPrefix, rollupSortKey } from "../money/usage-rollups.ts";
import type { Items, Write } from "../ports/items.ts";
import { queryEach } from "../ports/query-all.ts";
import { countedHour, deletedImages, hourAttribute } from "./image-hours.ts";
import { shownSince } from "./image-retention.ts";
import type { ImageListQuery } from "./list-images.ts";

/** Takes deleted images off again. @param images - how many of the job's */
export function uncountWrite({ accountId, keyId, params, createdAt, finishedAt }: Job, images: number): Write {
  const sk = rollupSortKey({ day: dayOf(finishedAt ?? createdAt), keyId, model: params.model });
  const amounts = { [hourAttribute(createdAt)]: -images, [deletedImages]: images };
  return { add: { pk: accountPartition(accountId), sk }, amounts };
}

export interface ImageDay {
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  readonly images: number;
}

/**
 * Images by day, the latest first; days without one are left out. Counts what is listed: not what has expired or was
 * deleted.
 * @param model - only those of this model
 */
export async function readImageDays(
  items: Items,
  { accountId, now, keptS, model }: Pick<ImageListQuery, "accountId" | "now" | "keptS" | "model">,
): Promise<ImageDay[]> {
  const since = shownSince(now, keptS);
  const days = new Map<string, number>();
  const add = (day: string, images: number) => days.set(day, (days.get(day) ?? 0) + images);
  const range = { from: rollupPrefix + dayOf(since), to: `${rollupPrefix}~` };
  for await (const item of queryEach(items, { index: "main", partition: accountPartition(accountId), ...range })) {
    const { day: endDay, model: drawnBy } = ownerOf(item);
    if (model !== undefined && drawnBy !== model) continue;
    let uncounted = Number(item.data.images ?? 0) - Number(item.data[deletedImages] ?? 0);
    for (const [name, images] of Object.entries(item.data)) {
      const hour = countedHour(name);
      if (hour === undefined) continue;
      uncounted -= Number(images);
      if (hour >= since) add(dayOf(hour), Number(images));
    }
    // Of a version that did not count them: most were made on the day on which they ended.
    if (uncounted > 0 && endDay > dayOf(since)) add(endDay, uncounted);
  }
  return [...days]
    .filter(([, images]) => images > 0)
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([day, images]) => ({ day, images }));
}
