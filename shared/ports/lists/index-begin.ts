import type { Clock } from "../clock.ts";
import { type Items, ItemsConditionFailed } from "../items.ts";

/*
 * The time from which an index holds every record. Earlier versions did not write the index, so older records have to
 * be scanned until they have expired.
 */

/** Sorts behind every time. */
export const latest = "9999";

const keyOf = (index: string) => ({ pk: `INDEX#${index}`, sk: "META" });

/** Records the time once in the life of a store; to be called before anything is recorded in the index. */
export async function noteIndexBegin(items: Items, clock: Pick<Clock, "now">, index: string): Promise<void> {
  if ((await items.get(keyOf(index))) !== undefined) return;
  const put = { ...keyOf(index), data: { from: new Date(clock.now()).toISOString() } };
  await items.write([{ put, if: { absent: true } }]).catch((error: unknown) => {
    // Another process recorded it at the same moment.
    if (!(error instanceof ItemsConditionFailed)) throw error;
  });
}

/** @returns an ISO time; `latest` where nothing was recorded in the index yet */
export async function readIndexBegin(items: Pick<Items, "get">, index: string): Promise<string> {
  const from = (await items.get(keyOf(index)))?.data.from;
  return typeof from === "string" ? from : latest;
}
